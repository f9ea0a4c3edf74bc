"""The pool on which all claims of these tests stand, four million from the city and six from the district, and one claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ground import laid

if TYPE_CHECKING:
    from riskpool.claims.models import Claim
    from tests.books import Books


@laid
def books(cast) -> Books:
    from tests.books import open_books

    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books


@laid
def filed(books) -> Claim:
    """A claim of 500,000.00 on a loan of as much; the pool bears 400,000.00 of it, city and district 4:6."""
    return books.file(books.bad_loan(), 500_000_00)


@laid
def accepted(books, filed) -> Claim:
    return books.accept(filed)


@laid
def paid(books, accepted) -> Claim:
    books.pay(accepted)
    return accepted
