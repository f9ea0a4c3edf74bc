"""Definitions are data: one function an id, every kind of journal has a place, a bad file is told with all its faults."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from kernel.errors import Refused
from riskpool.claims.indicators.gathering import catalogue, rates
from riskpool.claims.indicators.rules import FORMULAS, books
from riskpool.claims.indicators.terms import read_catalogue
from riskpool.ledger.models import Journal


def test_every_definition_has_its_function_and_every_function_its_definition() -> None:
    names = [definition.id for definition in catalogue().definitions]
    assert sorted(names) == sorted(FORMULAS)
    assert len(names) == len(set(names)) > 30


def test_every_kind_of_journal_has_a_place_in_the_identity() -> None:
    assert set(Journal.Kind.values) == set(books.PLACES), "give the new kind its place in rules/books.py"
    assert set(books.PLACES.values()) <= {*books.LABELS, books.NO_MONEY, books.AS_REVERSED}


def test_all_that_moves_cash_is_an_addend_of_the_balance() -> None:
    money = {*books.INTO, *(place for places in books.OUT_OF.values() for place in places)}
    within = {books.RESERVATIONS, books.RELEASES, books.INTO_ESCROW, books.SETTLED_BACK}
    assert money | within == set(books.LABELS)


def test_every_bad_word_of_a_file_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        """group: 组
order: '1'
indicators:
- {id: a, name: 甲, formula: x, unit: 斤, source: s, status: 见过, needs: [], bank: own,
   line: {value: 3, op: '<', article: x, status: SEEN}}
- {id: a, name: 乙, unit: yuan, source: s, status: SEEN, needs: [x], bank: maybe}
""",
        encoding="utf-8",
    )
    with pytest.raises(Refused) as refused:
        read_catalogue(tmp_path)
    told = [problem.where for problem in refused.value.problems]
    for place in (
        "a.unit",
        "a.status",
        "a.needs",
        "a.line.value",
        "a.line.op",
        "a.formula",
        "a.bank",
        "指标",
    ):
        assert any(place in where for where in told), place


@pytest.mark.parametrize("text", ["- 1", "a: [", "group: 组\norder: '1'\nindicators: 甲"])
def test_a_file_of_another_shape_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Refused):
        read_catalogue(tmp_path)


def test_the_series_of_lpr_holds_what_was_published_and_nothing_after_it() -> None:
    """3.10 / 3.60 from 2024-10-21, 3.00 / 3.50 from 2025-05-20 in the public tables; the last row is of 2026-08-20."""
    series = rates()
    asked = [(dt.date(2025, 5, 19), False), (dt.date(2025, 5, 19), True), (dt.date(2025, 5, 20), False)]
    assert [series.on(day, five_year=five) for day, five in asked] == [
        Fraction("3.1"),
        Fraction("3.6"),
        Fraction(3),
    ]
    assert series.on(dt.date(2026, 9, 19), five_year=False) == 3
    assert series.on(dt.date(2026, 9, 20), five_year=False) is None
