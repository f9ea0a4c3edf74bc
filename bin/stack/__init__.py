"""Starts and stops what the product needs to live: database, broker, web, worker, scheduler.

Stands outside the house: it may not import Django or any room, it only knows commands, folders and sockets.
"""
