"""The bulk path: a million losses under one scheme version, vectorised, equal to `apportion` to the fen.

many = apportion_many(scheme, {"principal": fen}, {"pool.balance": "70000000", "loan.amount": DecimalFacts(fen, 2)})
many.borne                     int64[n, k], parties in listed order
many.refused, many.reasons(7)  rows that cannot be calculated, and why
many.single(7)                 one row with its working, by the single path

`facts` answers conditions for whole columns, `routes` groups the rows that take the same way through the scheme,
`kernel.vectors` holds exact fractions for many rows, `calculation` is the arithmetic.
"""

from riskpool.schemes.bulk.facts import DecimalFacts, TextFacts
from riskpool.schemes.bulk.many import BulkApportionment, apportion_many

__all__ = ["BulkApportionment", "DecimalFacts", "TextFacts", "apportion_many"]
