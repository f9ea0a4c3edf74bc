"""Documents that leave the house, and files that come in: rendering, serial numbers, verify codes, digests.

This room knows no domain noun. Who may see a document is the caller's question: `wall` names the organisation that owns
it, and the caller compares.
"""
