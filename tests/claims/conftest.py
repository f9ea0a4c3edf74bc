"""The pool on which all claims of these tests stand: four million from the city, six from the district."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ground import laid

if TYPE_CHECKING:
    from tests.books import Books


@laid
def books(cast) -> Books:
    from tests.books import open_books

    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books
