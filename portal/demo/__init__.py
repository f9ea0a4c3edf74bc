"""Demonstration data, made by calling the product's own actions with a fixed seed. Nothing here is needed to run."""
