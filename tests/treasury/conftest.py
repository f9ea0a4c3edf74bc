"""A pool of four and six million, one claim accepted: the pool bears 400,000.00, of which the city 160,000.00."""

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
def claim(books) -> Claim:
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(claim)
    claim.refresh_from_db()
    return claim
