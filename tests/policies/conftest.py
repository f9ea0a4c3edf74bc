"""The shipped schemes, and a bureau whose pool follows one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from riskpool.schemes import Library, load_library
from tests.ground import laid

if TYPE_CHECKING:
    from tests.books import Books


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library(settings.POLICIES_DIR / "schemes")


@laid
def books(cast) -> Books:
    """Four million from the city, six from the district; the agreement follows chongqing-knowledge-value@2017."""
    from tests.books import open_books  # once the apps are ready

    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    return books
