"""Reading facilities: a bank its own, a member its own seat, the IP bureau those for marks of its region and their totals.

Who may use a mark on a day is read from the register of users that the bank's registration file states.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, QuerySet, Sum

from finance.loans.models import Loan
from finance.parties.models import Organisation
from finance.parties.regions import region_stem
from finance.pledges.models import RegistrationFile
from finance.pledges.queries.of_files import contents_on
from finance.pledges.queries.of_files import files as files_of
from finance.pledges.rules.mark_users import users_on
from finance.pledges.rules.metrics import RESTRICTED_MARKS
from kernel.money.fields import fen_of
from valuation.facilities.models import Draw, Facility, FacilityMember, MemberAct, Release
from valuation.facilities.rules import Room, Seat, user_of
from valuation.scores.models import LineQuote, Score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

Kind = Organisation.Kind


@dataclass(frozen=True)
class Mark:
    """A regional mark in a registration file, with who may use it on the day asked."""

    file: RegistrationFile
    number: str
    words: str
    users: Sequence[Mapping[str, Any]]


def marks_in(file: RegistrationFile, on: dt.date, known_on: dt.date | None = None) -> list[Mark]:
    """The collective, certification and geographical marks that a file states, each with its users of the day."""
    stated = contents_on(file, known_on or on)["rights"]
    return [
        Mark(file, one["number"], one.get("mark", {}).get("words", ""), users_on(one.get("users", ()), on))
        for one in stated
        if one.get("subtype") in RESTRICTED_MARKS
    ]


def marks_to_open_for(*, viewer: Any, on: dt.date) -> list[Mark]:
    """The regional marks in the bank's own files that have users today."""
    files = files_of(viewer=viewer).filter(kind="trademark", pledgee_id=viewer.organisation_id)
    return [mark for file in files for mark in marks_in(file, on) if mark.users]


def users_of(facility: Facility, on: dt.date, known_on: dt.date | None = None) -> Sequence[Mapping[str, Any]]:
    """Who may use the facility's mark on a day, as known then; nobody when the file states the mark no more."""
    return next(
        (one.users for one in marks_in(facility.file, on, known_on) if one.number == facility.right_number),
        (),
    )


def is_user(
    facility: Facility, enterprise: Organisation, on: dt.date, known_on: dt.date | None = None
) -> bool:
    """Whether an enterprise stands in the register of users on a day."""
    return user_of(users_of(facility, on, known_on), enterprise.credit_code) is not None


def facilities(*, viewer: Any) -> QuerySet[Facility]:
    """A bank its own; an IP bureau those for marks of its region; auditors all. The latest first."""
    rows = Facility.objects.select_related("bank", "file__window", "file__pledgor")
    kind = viewer.organisation.kind
    if kind == Kind.BANK:
        rows = rows.filter(bank_id=viewer.organisation_id)
    elif kind == Kind.IP_BUREAU and viewer.organisation.region:
        rows = rows.filter(file__pledgor__region__startswith=region_stem(viewer.organisation.region))
    elif kind != Kind.AUDITOR:
        rows = rows.none()
    return rows.annotate(
        member_count=Count("members", filter=~Q(members__state=FacilityMember.State.PROPOSED))
    ).order_by("-opened_on", "-recorded_at")


def facility(*, viewer: Any, facility_id: UUID) -> Facility:
    """One of them; Facility.DoesNotExist for everybody else."""
    return facilities(viewer=viewer).get(pk=facility_id)


def members(*, viewer: Any) -> QuerySet[FacilityMember]:
    """The members of a bank's own facilities; of an enterprise its own seats once it was granted a limit."""
    rows = FacilityMember.objects.select_related("facility__bank", "facility__file", "enterprise")
    kind = viewer.organisation.kind
    if kind == Kind.BANK:
        return rows.filter(facility__bank_id=viewer.organisation_id)
    if kind == Kind.AUDITOR:
        return rows
    if kind == Kind.ENTERPRISE:
        return rows.filter(enterprise_id=viewer.organisation_id).exclude(state=FacilityMember.State.PROPOSED)
    return rows.none()


def member(*, viewer: Any, member_id: UUID) -> FacilityMember:
    """One of them; FacilityMember.DoesNotExist for everybody else."""
    return members(viewer=viewer).get(pk=member_id)


def draws(*, viewer: Any) -> QuerySet[Draw]:
    """What members drew, the latest first; whose the member is, is whose the draw is."""
    return (
        Draw.objects.filter(member__in=members(viewer=viewer).order_by())
        .select_related("member", "facility")
        .prefetch_related("releases")
        .order_by("-on", "-recorded_at")
    )


def loans_of(draws: Iterable[Draw]) -> dict[UUID, Loan]:
    """The filed loan behind each draw: the bank's loan of that number; none where it has not been filed."""
    rows = list(draws)
    found = {
        (loan.bank_id, loan.bank_loan_no): loan
        for loan in Loan.objects.filter(
            bank__in={one.bank_id for one in rows}, bank_loan_no__in={one.loan_no for one in rows}
        ).select_related("terms", "latest_return")
    }
    return {one.pk: found[one.bank_id, one.loan_no] for one in rows if (one.bank_id, one.loan_no) in found}


def line_of(bank: Organisation, enterprise: Organisation) -> LineQuote | None:
    """The latest credit line that this bank offered on its latest score of the enterprise; an earlier score carries none."""
    scored = Score.objects.filter(house=bank, enterprise=enterprise).order_by("-on", "-made_at", "-pk")
    rows = LineQuote.objects.filter(score=scored.values("pk")[:1])
    latest = rows.order_by("-quoted_at", "-id").first()
    return latest if latest is not None and latest.outcome == LineQuote.Outcome.OFFERED else None


def room_of(row: Facility) -> Room:
    """The facility as the rules take it."""
    return Room(fen_of(row.total), fen_of(row.drawn), row.first_day, row.last_day, row.closed_on is not None)


def seat_of(row: FacilityMember) -> Seat:
    """The member as the rules take it."""
    active = row.state == FacilityMember.State.ACTIVE
    return Seat(row.name, fen_of(row.limit), fen_of(row.drawn), active)


def faults() -> list[str]:
    """Every facility, member and draw whose running total is not what its acts, draws and releases add up to."""
    return [*_member_faults(), *_facility_faults(), *_draw_faults()]


def _sums(rows: QuerySet[Any], by: str) -> dict[Any, Any]:
    return dict(rows.order_by().values_list(by).annotate(Sum("amount")))


def _facility_faults() -> list[str]:
    drawn, back = _sums(Draw.objects.all(), "facility"), _sums(Release.objects.all(), "draw__facility")
    told = []
    for row in Facility.objects.prefetch_related("acts"):
        if row.drawn.amount != drawn.get(row.pk, 0) - back.get(row.pk, 0):
            told.append(f"集体授信 {row.mark}：已用 {row.drawn} 与用款、归还的合计不符")
        last = max(row.acts.all(), key=lambda act: act.pk, default=None)
        if last is None or row.total != last.total:
            told.append(f"集体授信 {row.mark}：总额 {row.total} 与最后一次登记不符")
    return told


def _member_faults() -> list[str]:
    drawn, back = _sums(Draw.objects.all(), "member"), _sums(Release.objects.all(), "draw__member")
    limits: dict[Any, Any] = {}
    for act in MemberAct.objects.filter(kind=MemberAct.Kind.GRANTED).order_by("pk"):
        limits[act.member_id] = act.limit
    return [
        f"集体授信成员 {row.name}：{what}与登记不符"
        for row in FacilityMember.objects.all()
        for what, stands, adds in (
            ("已用", row.drawn.amount, drawn.get(row.pk, 0) - back.get(row.pk, 0)),
            ("限额", row.limit.amount, limits[row.pk].amount if row.pk in limits else 0),
        )
        if stands != adds
    ]


def _draw_faults() -> list[str]:
    back = _sums(Release.objects.all(), "draw")
    return [
        f"集体授信用款 {row.loan_no}：已还 {row.released} 与归还的合计不符"
        for row in Draw.objects.all()
        if row.released.amount != back.get(row.pk, 0)
    ]
