"""The facts of a pool's indicators: by hand from a small book, as of a day, as known at a moment, for each viewer."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from riskpool.claims.indicators.gathering import catalogue, gather
from riskpool.claims.indicators.rules import worked_out
from riskpool.claims.indicators.rules.values import Value
from riskpool.pools import queries as pools
from riskpool.pools.models import Pool
from tests.books import LENT, TODAY, Books, go_bad, open_books
from tests.cast import Cast

# Chongqing 2017 as adopted by tests/books: the pool bears 80 % of the principal (city 4: district 6), the bank 20 %.
#
#   paid in        city 4,000,000.00, district 6,000,000.00 on 2026-03-02, the day of lending
#   loan 1         400,000.00, wholly lost, claim paid: 320,000.00 leave the pool
#   loan 2         500,000.00, claim accepted: 400,000.00 reserved
#   loan 3         600,000.00, 550,000.00 left and substandard, claim filed for 550,000.00, nothing reserved
#   loan 4       1,000,000.00, no return
#   recovered      100,000.00 on loan 1, no costs: 80 % = 80,000.00 come back to the pool
#
#   balance        10,000,000 − 320,000 + 80,000                    = 9,760,000.00
#   available      9,760,000 − 400,000                              = 9,360,000.00
#   covered        500,000 + 550,000 + 1,000,000                    = 2,050,000.00 (loan 1 is paid)
#   committed      80 % of it                                       = 1,640,000.00
#   covered lent   400,000 + 500,000 + 600,000 + 1,000,000          = 2,500,000.00
#   NPL rate       (400,000 + 500,000 + 550,000) / 2,450,000        = 59.18 % (loan 1 stays in until repaid)


@pytest.fixture
def books(cast: Cast) -> Books:
    books = open_books(cast, exposure_limit=5_000_000_00)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    paid = books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    books.pay(paid)
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.file(books.bad_loan(600_000_00, balance=550_000_00), 550_000_00)
    books.enrol(books.lend(1_000_000_00))
    books.recover(paid, 100_000_00)
    return books


def values(books: Books, viewer: object = None, **asked: object) -> dict[str, list[Value]]:
    viewer = viewer or books.cast.district_bureau.officer
    facts = gather(viewer=viewer, pool_id=books.pool.pk, **{"on": TODAY, **asked})
    return {definition.id: found for definition, found in worked_out(facts, catalogue())}


def test_the_small_book_gives_what_was_worked_out_by_hand(books: Books) -> None:
    found = {name: [value.text for value in lines] for name, lines in values(books).items()}
    for name, lines in found.items():
        print(name, lines)
    assert found["pool_balance"] == ["9,760,000.00 元"]
