"""A repair of a claim of which money has come back already: nobody is asked twice, nobody bears less than nothing.

chongqing-knowledge-value@2017: bank 20 %, pool 80 %, of which the city 4 and the district 6 parts of ten. A loss of
500,000.00 is paid with 160,000.00 and 240,000.00.
"""

import pytest

from kernel.money.fields import fen_of
from riskpool.claims import queries, verifying
from riskpool.claims.models import Claim
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import LedgerAccount
from riskpool.pools import queries as pool_queries
from tests.ground import laid

pytestmark = pytest.mark.django_db
FAULT = {"reason": "贷后检查缺失", "article": "合作协议第七条"}


def nothing_is_wrong():
    assert ledger.faults() + pool_queries.faults() + verifying.faults() + queries.limit_faults() == []


def borne(books):
    """What the burden book says that the bank, the city and the district bear (fen)."""
    stem = f"burden/{books.pool.code}/{books.agreement.bank.code}/"
    held = {
        row.code.split("/")[3]: fen_of(row.debits) - fen_of(row.credits)
        for row in LedgerAccount.objects.filter(code__startswith=stem)
    }
    return held["bank"], held["fund_city"], held["fund_district"]


def sums(claim):
    claim = Claim.objects.get(pk=claim.pk)
    return tuple(fen_of(getattr(claim, name)) for name in ("paid", "returned", "owed", "repaid"))


@laid
def claim(books):
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(claim)
    return claim


def test_what_came_back_by_recoveries_is_not_taken_off_the_burden_a_second_time(books, claim):
    books.recover(claim, 400_000_00)  # bank 80,000, city 128,000, district 192,000
    assert borne(books) == (20_000_00, 32_000_00, 48_000_00)
    books.settle(claim, "repair", 100_000_00, **FAULT)
    # of the loss of 100,000 the pool bears 80,000, and more than the whole loss came back: 80,000 are still out and owed
    assert sums(claim) == (400_000_00, 320_000_00, 80_000_00, 0)
    # the loss of 100,000 less the 400,000 that came back is the bank's
    assert borne(books) == (-300_000_00, 0, 0)
    nothing_is_wrong()
    books.recover(claim, 50_000_00)
    assert sums(claim) == (400_000_00, 320_000_00, 80_000_00, 0), "the pool is whole: the rest is the bank's"
    assert borne(books) == (-350_000_00, 0, 0)
    nothing_is_wrong()


def test_what_was_clawed_back_is_not_taken_off_the_burden_a_second_time(books, claim):
    books.claw_back(claim, 300_000_00)
    assert borne(books) == (400_000_00, 40_000_00, 60_000_00)
    books.settle(claim, "repair", 100_000_00, **FAULT)
    assert sums(claim) == (400_000_00, 0, 400_000_00, 0)
    assert borne(books) == (100_000_00, 0, 0), "the bank bears the whole loss of 100,000 that is left"
    nothing_is_wrong()
    books.recover(claim, 50_000_00)
    assert sums(claim)[1] == 0, "whoever has been made whole gets nothing of what comes in later"
    assert borne(books) == (50_000_00, 0, 0)
    nothing_is_wrong()
