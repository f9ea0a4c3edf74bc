"""What the pages of group credit show. The viewer's rows come from queries; here they are laid beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.parties.models import Organisation
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from valuation.facilities import queries
from valuation.facilities.actions.locking import MAKES
from valuation.facilities.forms import DrawForm, LimitForm, RaiseForm, ReasonForm, ReleaseForm
from valuation.facilities.models import Draw, FacilityMember, MemberAct
from valuation.facilities.rules import user_of

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from finance.loans.models import Loan

Kind = Organisation.Kind
SEES_MEMBERS = (Kind.BANK, Kind.AUDITOR)


def facility_list(viewer: Any) -> dict[str, Any]:
    """Every facility the viewer may know of, with the sums of those not closed."""
    rows = list(queries.facilities(viewer=viewer))
    standing = [row for row in rows if row.closed_on is None]
    return {
        "facilities": [(row, queries.room_of(row).free_fen) for row in rows],
        "total": yuan_text(sum(fen_of(row.total) for row in standing), grouped=True),
        "drawn": yuan_text(sum(fen_of(row.drawn) for row in standing), grouped=True),
        "may_open": viewer.seat == MAKES,
    }


@dataclass(frozen=True)
class Seat:
    """A member on the facility's page: what is free, and whether it still stands in the register."""

    row: FacilityMember
    free_fen: int
    in_register: bool


def facility_page(viewer: Any, facility_id: UUID, on: dt.date) -> dict[str, Any]:
    """One facility; members and the bank's reasons only for the bank and the auditor."""
    row = queries.facility(viewer=viewer, facility_id=facility_id)
    users = queries.users_of(row, on)
    context: dict[str, Any] = {
        "facility": row,
        "free_fen": queries.room_of(row).free_fen,
        "sees_members": viewer.organisation.kind in SEES_MEMBERS,
        "may_act": viewer.seat == MAKES and row.closed_on is None,
    }
    if not context["sees_members"]:
        return context
    members = queries.members(viewer=viewer).filter(facility=row).order_by("name")
    context |= {
        "members": [
            Seat(one, queries.seat_of(one).free_fen, user_of(users, one.enterprise.credit_code) is not None)
            for one in members
        ],
        "acts": row.acts.select_related("approval__maker__person", "approval__checker__person").order_by(
            "pk"
        ),
        "limits_fen": sum(fen_of(one.limit) for one in members),
    }
    if context["may_act"]:
        context |= {
            "raise_form": RaiseForm(),
            "close_form": ReasonForm(),
            "limit_form": LimitForm(users=users),
        }
    return context


@dataclass(frozen=True)
class Drawn:
    """A draw with what is still out and the loan behind it, where the bank has filed it."""

    row: Draw
    left_fen: int
    loan: Loan | None
    differs: bool
    form: ReleaseForm


def release_form(draw_id: UUID, typed: Any = None, *, on: dt.date | None = None) -> ReleaseForm:
    """The form of one draw's return, by today unless typed otherwise; each draw of a page has its own."""
    return ReleaseForm(data=typed, auto_id=f"id_{draw_id}_%s", initial={"day": on})


def member_page(
    viewer: Any, member_id: UUID, on: dt.date, releasing: tuple[UUID, ReleaseForm] | None = None
) -> dict[str, Any]:
    """One member; to itself without the bank's reasons and persons. `releasing` is what was typed of one draw's return."""
    of, typed = releasing or (None, None)
    row = queries.member(viewer=viewer, member_id=member_id)
    draws = list(queries.draws(viewer=viewer).filter(member=row))
    loans = queries.loans_of(draws)
    own = viewer.organisation.kind == Kind.ENTERPRISE
    may_act = viewer.seat == MAKES
    context: dict[str, Any] = {
        "member": row,
        "free_fen": queries.seat_of(row).free_fen,
        "in_register": queries.is_user(row.facility, row.enterprise, on),
        "draws": [
            _drawn(
                one,
                loans.get(one.pk),
                row,
                typed if typed and one.pk == of else release_form(one.pk, on=on),
            )
            for one in draws
        ],
        "releasing": of,
        "own": own,
        "acts": ()
        if own
        else MemberAct.objects.filter(member=row).select_related("quote", "approval").order_by("pk"),
        "may_draw": may_act and row.state == FacilityMember.State.ACTIVE and row.facility.closed_on is None,
        "may_release": may_act,
        "may_suspend": viewer.organisation.kind == Kind.BANK and row.state == FacilityMember.State.ACTIVE,
    }
    return context | {
        "draw_form": DrawForm(initial={"day": on}), "suspend_form": ReasonForm(auto_id="suspend_%s"),
    }  # fmt: skip


def _drawn(row: Draw, loan: Loan | None, member: FacilityMember, form: ReleaseForm) -> Drawn:
    differs = loan is not None and (
        loan.borrower_id != member.enterprise_id
        or (loan.terms is not None and loan.terms.principal != row.amount)
    )
    return Drawn(row, fen_of(row.amount) - fen_of(row.released), loan, differs, form)
