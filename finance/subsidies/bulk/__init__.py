"""The bulk path: a book of loans under one subsidy policy, vectorised, equal to `settle` to the fen. Pure.

book = Book.of(facts, draws=Payments.one_each(days, fen), fees=..., parties=...)    columns; or Book.of_cases(cases, parties)
many = settle_many(policy, book, series, used)
many.status, many.paid["interest"], many.reason_of(7)      codes, fen by line, the first reason of a row
many.single(7), many.faults(7)                             one row with its working; why a row is refused
compare(draft, in_force, book, series)                     cost by line, region and size; who gains, who loses

`columns` and `book` hold what was stated, `reading` and `judging` answer for whole columns what `rates` and `conditions`
answer for one application, `amounts` is the arithmetic of a line, `limits` what applications share.
"""

from finance.subsidies.bulk.book import NOBODY, Book
from finance.subsidies.bulk.columns import Days, Fen, Numbers, Payments, Words, column_of
from finance.subsidies.bulk.comparing import Comparison, Moved, Part, compare
from finance.subsidies.bulk.many import Many, settle_many

__all__ = [
    "NOBODY",
    "Book",
    "Comparison",
    "Days",
    "Fen",
    "Many",
    "Moved",
    "Numbers",
    "Part",
    "Payments",
    "Words",
    "column_of",
    "compare",
    "settle_many",
]
