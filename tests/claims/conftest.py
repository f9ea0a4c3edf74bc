"""The pool on which all claims of these tests stand: four million from the city, six from the district."""

import pytest

from tests.books import Books, open_books


@pytest.fixture
def books(cast) -> Books:
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books
