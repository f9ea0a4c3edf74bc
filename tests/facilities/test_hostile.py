"""Hostile input through every form of group credit: the fault on the page, nothing kept, nothing lost of what was typed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from kernel.days import today
from kernel.money.fields import money_of
from kernel.work.models import Approval
from tests.facilities.ground import MILLION, WHY
from tests.pledges.filed import MARK
from valuation.facilities.models import Draw, FacilityMember, Release

pytestmark = pytest.mark.django_db
AMOUNTS = [
    "-1",
    "0",
    "NaN",
    "Infinity",
    "1e30",
    "1e5",
    "9" * 24,
    "9" * 1_000_000,
    "0.001",
    "１００",
    "1,0",
    "",
]
DAYS = ["2026-02-30", "9999-12-31", "0001-01-01", "NaN", "9" * 1000, ""]


def refused(client, where, typed):
    answer = client.post(where, typed)
    assert answer.status_code == 422, (where, {name: text[:30] for name, text in typed.items()})
    page = answer.content.decode()
    assert "Traceback" not in page
    return page


def test_no_bad_amount_opens_raises_limits_draws_or_gives_back(credit):
    maker, member, facility = (
        credit.cast.signed_in(credit.bank.maker),
        credit.members["a"],
        credit.facility,
    )
    drawn = credit.draw("a", MILLION // 2, "JJ-1")
    day, code = today().isoformat(), credit.cast.enterprise_a.organisation.credit_code
    doors = {
        reverse("facilities:open"): (
            "total_fen",
            {
                "mark": f"{credit.worked.file.pk} {MARK}",
                "first": day,
                "last": (today() + dt.timedelta(days=90)).isoformat(),
                "purpose": "收购",
            },
        ),
        reverse("facilities:raise", args=[facility.pk]): ("total_fen", {"reason": "春茶"}),
        reverse("facilities:limit", args=[facility.pk]): ("limit_fen", {"credit_code": code, "reason": WHY}),
        reverse("facilities:draw", args=[member.pk]): ("amount_fen", {"loan_no": "JJ-2", "day": day}),
        reverse("facilities:release", args=[drawn.pk]): ("amount_fen", {"day": day, "note": "收回"}),
    }
    before = Approval.objects.count()
    for where, (field, typed) in doors.items():
        for amount in AMOUNTS:
            page = refused(maker, where, typed | {field: amount})
            for kept in ("春茶", "JJ-2", "收回", "收购"):
                if kept in typed.values():
                    assert kept in page, (where, amount[:20])
    assert (Approval.objects.count(), Draw.objects.count(), Release.objects.count()) == (before, 1, 0)


def test_no_bad_day_opens_draws_or_gives_back(credit):
    maker, member = credit.cast.signed_in(credit.bank.maker), credit.members["a"]
    drawn = credit.draw("a", MILLION // 2, "JJ-1")
    before = Approval.objects.count()
    for day in DAYS:
        refused(
            maker,
            reverse("facilities:open"),
            {
                "mark": f"{credit.worked.file.pk} {MARK}",
                "total_fen": "100",
                "first": day,
                "last": day,
                "purpose": "收购",
            },
        )
        refused(
            maker,
            reverse("facilities:draw", args=[member.pk]),
            {"loan_no": "JJ-3", "amount_fen": "1", "day": day},
        )
        refused(
            maker, reverse("facilities:release", args=[drawn.pk]), {"amount_fen": "1", "day": day, "note": ""}
        )
    assert (Approval.objects.count(), Draw.objects.count(), Release.objects.count()) == (before, 1, 0)


def test_texts_without_end_and_choices_nobody_offered_are_refused(credit):
    maker, facility, member = (
        credit.cast.signed_in(credit.bank.maker),
        credit.facility,
        credit.members["a"],
    )
    stranger = credit.cast.enterprise_b.organisation.credit_code
    limits, day = reverse("facilities:limit", args=[facility.pk]), today().isoformat()
    long, before = "字" * 1_000_000, Approval.objects.count()
    for where, typed in (
        (limits, {"credit_code": "X" * 18, "limit_fen": "1", "reason": WHY}),
        (limits, {"credit_code": stranger, "limit_fen": "1", "reason": long}),
        (reverse("facilities:raise", args=[facility.pk]), {"total_fen": "9000000", "reason": long}),
        (reverse("facilities:close", args=[facility.pk]), {"reason": long}),
        (reverse("facilities:suspend", args=[member.pk]), {"reason": long}),
        (reverse("facilities:draw", args=[member.pk]), {"loan_no": long, "amount_fen": "1", "day": day}),
        (reverse("facilities:open"), {"mark": "x y", "total_fen": "1", "first": day, "last": day, "purpose": "p"}),
    ):  # fmt: skip
        refused(maker, where, typed)
    assert Approval.objects.count() == before
    member.refresh_from_db()
    assert member.state == FacilityMember.State.ACTIVE


def test_what_was_typed_of_one_return_stands_in_its_own_form_only(credit):
    maker = credit.cast.signed_in(credit.bank.maker)
    first, _ = credit.draw("a", 100_00, "JJ-1"), credit.draw("a", 200_00, "JJ-2")
    page = refused(
        maker,
        reverse("facilities:release", args=[first.pk]),
        {"amount_fen": "777777", "day": today().isoformat(), "note": ""},
    )
    assert page.count('value="777777"') == 1


def test_every_door_of_another_banks_facility_is_a_page_that_does_not_exist(credit):
    other, facility, member = (
        credit.cast.signed_in(credit.cast.bank_b.maker),
        credit.facility,
        credit.members["a"],
    )
    drawn = credit.draw("a", 100_00, "JJ-1")
    for name, pk in (
        ("raise", facility.pk), ("close", facility.pk), ("limit", facility.pk), ("draw", member.pk),
        ("suspend", member.pk), ("release", drawn.pk),
    ):  # fmt: skip
        assert other.post(reverse(f"facilities:{name}", args=[pk]), {}).status_code == 404, name
    for name, pk in (("facility", facility.pk), ("member", member.pk)):
        assert other.get(reverse(f"facilities:{name}", args=[pk])).status_code == 404, name


def test_the_database_itself_holds_what_no_form_looked_at(credit):
    member, fields = (
        credit.members["a"],
        {
            "facility": credit.facility,
            "member": credit.members["a"],
            "bank": credit.bank.organisation,
            "on": today(),
        },
    )
    for fen in (0, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            Draw.objects.create(loan_no=f"X{fen}", amount=money_of(fen), **fields)
    with pytest.raises(IntegrityError, match="授信期"), transaction.atomic():
        Draw.objects.create(
            loan_no="X-3",
            amount=money_of(1),
            **fields | {"on": credit.facility.last_day + dt.timedelta(days=1)},
        )
    with pytest.raises(IntegrityError, match="授信期"), transaction.atomic():
        Draw.objects.create(
            loan_no="X-4", amount=money_of(1), **fields | {"bank": credit.cast.bank_b.organisation}
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        FacilityMember.objects.create(
            facility=credit.facility,
            enterprise=member.enterprise,
            name="again",
            recorded_by=credit.bank.maker.account,
        )
    assert Draw.objects.count() == 0
