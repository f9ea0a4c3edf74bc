"""The loan's date chooses the version; first and last day are both included."""

from datetime import date, timedelta

import pytest

from kernel.errors import Refused
from riskpool.schemes import load_scheme, version_on
from riskpool.schemes.loading import Library

BODY = """
lender: bank
parties: [{code: bank}, {code: fund}]
loss_base: {include: [principal]}
steps: []
"""


def library_of(*heads):
    schemes = [load_scheme(head + BODY) for head in heads]
    return Library({scheme.id: scheme for scheme in schemes})


def chosen(library, family, day):
    scheme = version_on(library, family, day)
    return scheme and scheme.id


def test_the_day_before_a_change_has_the_old_version_and_the_day_itself_the_new(library):
    change = date(2025, 6, 1)
    assert chosen(library, "henan-kejidai", change - timedelta(days=1)) == "henan-kejidai@2021"
    assert chosen(library, "henan-kejidai", change) == "henan-kejidai@2025"


def test_both_ends_of_a_version_are_included():
    versions = library_of("id: x@1\nvalid_from: '2020-01-01'\nvalid_to: '2020-12-31'")
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [chosen(versions, "x", day) for day in days] == [None, "x@1", "x@1", None]


def test_a_full_date_of_the_document_is_the_start_and_a_month_is_not():
    versions = library_of("id: x@1\ndoc_date: '2020-05-05'", "id: y@1\ndoc_date: '2020-05'")
    assert chosen(versions, "x", date(2020, 5, 4)) is None
    assert chosen(versions, "y", date(1999, 1, 1)) == "y@1"


def test_of_two_valid_versions_the_superseding_one_is_used_by_id_by_number_and_through_others():
    by_id = library_of("id: x@1", "id: x@2\nvalid_from: '2022-01-01'\nsupersedes: x@1")
    by_number = library_of("id: x@1\ndoc_no: 穗1号", "id: x@2\nsupersedes: 穗1号")
    through = library_of(
        "id: x@1", "id: x@2\nvalid_to: '2020-01-01'\nsupersedes: x@1", "id: x@3\nsupersedes: x@2"
    )
    day = date(2023, 1, 1)
    assert [chosen(each, "x", day) for each in (by_id, by_number, through)] == ["x@2", "x@2", "x@3"]
    assert chosen(by_id, "x", date(2021, 12, 31)) == "x@1"


def test_two_versions_of_which_none_supersedes_the_other_are_refused():
    with pytest.raises(Refused, match=r"x@1、x@2"):
        version_on(library_of("id: x@1", "id: x@2"), "x", date(2023, 1, 1))


def test_an_unknown_family_has_no_version(library):
    assert version_on(library, "atlantis", date(2023, 1, 1)) is None
