"""Forty draws at one moment against room for ten: real PostgreSQL, real commits, threads of their own connections."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from kernel.errors import Refused
from kernel.money.fields import fen_of
from tests.cast import make_cast
from tests.facilities.ground import MILLION, Credit, open_credit
from valuation.facilities import queries
from valuation.facilities.models import Draw

pytestmark = [pytest.mark.race, pytest.mark.long]

PIECE, THREADS = 100_000_00, 40


def race(credit: Credit, who: list[str]) -> list[str]:
    """Everybody draws one piece at one moment; what each was told."""
    told: list[str] = []
    line = threading.Barrier(len(who))

    def one(number: int, member: str) -> None:
        try:
            connection.ensure_connection()
            line.wait(timeout=60)
            credit.draw(member, PIECE, f"JJ-{number}")
            told.append("drawn")
        except Refused:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number, member)) for number, member in enumerate(who)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return sorted(told)


@pytest.mark.parametrize(
    ("total", "limit", "drawn"),
    [(3 * MILLION, MILLION // 2, 10), (MILLION, MILLION, 10)],
    ids=["a members limit", "the total"],
)
def test_ten_of_forty_draws_succeed(own_database, total, limit, drawn):
    with own_database.as_default():
        credit = open_credit(make_cast(), total_fen=total, limit_fen=limit)
        told = race(credit, ["a", "b"] * (THREADS // 2))
        assert told == ["drawn"] * drawn + ["refused"] * (THREADS - drawn)
        credit.again()
        assert (
            fen_of(credit.facility.drawn)
            == drawn * PIECE
            == sum(fen_of(one.amount) for one in Draw.objects.all())
        )
        assert queries.faults() == []
