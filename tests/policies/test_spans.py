"""One version of a policy is in force on a day: by the pure rule, as `version_on` says, and by the database itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.policystore.models import PolicySpan, PolicyVersion
from kernel.policystore.queries import standing, version_on
from kernel.policystore.rules import Span, Stated, spans_in_force, told
from riskpool.policies.keepers import family_of_schemes
from riskpool.schemes import load_scheme
from riskpool.schemes import version_on as by_the_texts
from riskpool.schemes.loading import Library, replaced_by
from tests.books import scheme_version

DAY = dt.date(2026, 1, 1)
BODY = """
lender: bank
parties: [{code: bank}, {code: fund}]
loss_base: {include: [principal]}
steps: []
"""
OFFSETS = st.none() | st.integers(0, 9)


def scheme(number: int, first: int | None, last: int | None, replaces: int | None):
    head = [f"id: x@{number}"]
    for key, offset in (("valid_from", first), ("valid_to", last)):
        if offset is not None:
            head.append(f"{key}: '{DAY + dt.timedelta(days=offset)}'")
    if replaces is not None:
        head.append(f"supersedes: x@{replaces}")
    return load_scheme("\n".join(head) + BODY)


@st.composite
def libraries(draw) -> Library:
    """Up to four versions, each with or without ends, replacing any other or none."""
    schemes = []
    for number in range(draw(st.integers(1, 4))):
        first, last = draw(OFFSETS), draw(OFFSETS)
        if first is not None and last is not None and last < first:
            first, last = last, first
        schemes.append(
            scheme(
                number,
                first,
                last,
                draw(st.none() | st.integers(0, 3).filter(lambda other, number=number: other != number)),
            )
        )
    return Library({each.id: each for each in schemes})


def stated(library: Library) -> list[Stated]:
    return [
        Stated(each.id, each.valid_from, each.valid_to, frozenset(replaced_by(each, library)))
        for each in library
    ]


@given(libraries())
def test_on_every_day_the_spans_say_what_the_texts_say(library):
    days = [DAY + dt.timedelta(days=offset) for offset in range(-1, 12)]
    try:
        spans = spans_in_force(stated(library))
    except Refused:
        refused = False
        for day in days:
            try:
                found = by_the_texts(library, "x", day)
            except Refused:
                refused = True
            else:
                refused = refused or (found is None and any(each.valid_on(day) for each in library))
        assert refused, "what is refused is a day on which the texts do not say what holds"
        return
    for day in days:
        found = by_the_texts(library, "x", day)
        holding = [name for name, own in spans.items() if any(span.holds(day) for span in own)]
        assert holding == ([found.id] if found else [])


def test_the_day_before_is_the_old_one_and_what_outlives_its_successor_comes_back():
    old = Stated("x@1", None, None)
    new = Stated("x@2", DAY, DAY + dt.timedelta(days=30), frozenset({"x@1"}))
    assert spans_in_force([old, new]) == {
        "x@1": (Span(None, dt.date(2025, 12, 31)), Span(dt.date(2026, 2, 1), None)),
        "x@2": (Span(DAY, dt.date(2026, 1, 31)),),
    }


def test_the_last_day_of_the_calendar_is_no_end():
    assert told(spans_in_force([Stated("x@1", DAY, dt.date.max)])["x@1"]) == "2026-01-01 起"


def test_two_versions_that_replace_each_other_are_refused():
    pair = [Stated("x@1", None, None, frozenset({"x@2"})), Stated("x@2", None, None, frozenset({"x@1"}))]
    with pytest.raises(Refused, match="同时有效：x@1、x@2"):
        spans_in_force(pair)


@pytest.mark.django_db
def test_all_shipped_files_load_with_their_spans_and_agree_with_the_texts(library):
    call_command("load_policies")
    call_command("load_policies")  # again: nothing new, nothing moved
    rows = PolicyVersion.objects.filter(kind="scheme", state="published")
    assert rows.count() == 27
    for row in rows:
        for day in (dt.date(2016, 1, 1), dt.date(2022, 5, 5), dt.date(2025, 5, 31), dt.date(2025, 6, 1), DAY):
            found, wanted = version_on("scheme", row.family, day), by_the_texts(library, row.family, day)
            assert (found and found.version) == (wanted and wanted.id), (row.family, day)
    assert not PolicySpan.objects.exclude(superseded_at=None).exists()
    spans = standing(rows.filter(family="henan-kejidai"))
    by_name = {row.version: told(spans[row.pk]) for row in rows.filter(family="henan-kejidai")}
    assert by_name == {"henan-kejidai@2021": "至 2025-05-31", "henan-kejidai@2025": "2025-06-01 起"}


@pytest.fixture
def two(db) -> tuple[PolicyVersion, PolicyVersion]:
    return scheme_version("henan-kejidai@2021"), scheme_version("henan-kejidai@2025")


def execute(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


INSERT = (
    "INSERT INTO policystore_policyspan (id, kind, family, version_id, validity) "
    "VALUES (gen_random_uuid(), %s, %s, %s, %s::daterange)"
)


def test_the_database_refuses_a_second_version_on_a_day(two):
    old, new = two
    with connection.cursor() as cursor:  # make room that both could claim
        cursor.execute(
            "UPDATE policystore_policyspan SET superseded_at = now() WHERE version_id = %s", [new.pk]
        )
    execute(INSERT, "scheme", "henan-kejidai", new.pk, "[2025-07-01,)")
    with pytest.raises(IntegrityError, match="one_version_of_a_policy_is_in_force_on_a_day"):
        execute(INSERT, "scheme", "henan-kejidai", new.pk, "[2026-01-01,)")
    assert version_on("scheme", "henan-kejidai", dt.date(2025, 5, 31)) == old


@pytest.mark.parametrize(
    ("kind", "family", "days"),
    [
        ("scheme", "henan-kejidai", "[2025-05-01,2025-06-02)"),  # beyond what its text states
        ("scheme", "another", "[2025-05-01,2025-05-02)"),
        ("procedure", "henan-kejidai", "[2025-05-01,2025-05-02)"),
    ],
)
def test_the_database_refuses_a_span_that_is_not_its_versions(two, kind, family, days):
    with pytest.raises(IntegrityError, match="施行期须属于已发布的版本"):
        execute(INSERT, kind, family, two[0].pk, days)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE policystore_policyspan SET validity = '[2020-01-01,2020-01-02)'",
        "UPDATE policystore_policyspan SET superseded_at = NULL WHERE superseded_at IS NOT NULL",
        "DELETE FROM policystore_policyspan",
        "TRUNCATE policystore_policyspan",
    ],
)
def test_spans_are_out_of_reach_of_raw_sql(two, statement):
    PolicySpan.objects.filter(version=two[0]).update(superseded_at=dt.datetime.now(dt.UTC))
    before = list(PolicySpan.objects.order_by("pk").values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(PolicySpan.objects.order_by("pk").values()) == before


@pytest.mark.django_db
def test_a_shipped_successor_ends_what_was_in_force_and_the_old_span_stays_readable():
    old = scheme_version("henan-kejidai@2021")
    known = PolicySpan.objects.get(version=old).recorded_at
    assert [each.version for each in family_of_schemes("henan-kejidai", None)] == ["henan-kejidai@2021"]
    scheme_version("henan-kejidai@2025")
    day = dt.date(2025, 5, 1)
    assert version_on("scheme", "henan-kejidai", day) == old
    assert version_on("scheme", "henan-kejidai", day, known_at=known) == old
