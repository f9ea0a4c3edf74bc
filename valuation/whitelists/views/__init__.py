"""Pages of white lists, one file for each of the three who look: the house, the bank, the enterprise."""
