"""Subsidies a bank is awarded on the volume it lent, not on a loss: a ledger of their own, apart from every pool.

This room knows loans, banks and measures (`policies/volume`); it knows no pool, no claim and no account, and import-linter
holds it to that: what is paid on volume never enters a custody or a burden book (decision 0018).
"""
