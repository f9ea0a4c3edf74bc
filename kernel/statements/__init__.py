"""A bank's statement of an account: read as a sheet with every fault at once, matched line by line with a book's movements.

Knows no payee and no purpose: whose account it is and what the movements are is the business of the rooms above.
"""
