"""What a loan's page says of the pools: in which it stands under which frozen scheme, and which would not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.marks import MARKS
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.related import Row, Section
from riskpool.pools import queries
from riskpool.pools.models import PoolSeat

if TYPE_CHECKING:
    from finance.loans.models import Loan
    from riskpool.pools.models import Enrolment, EnrolmentRefusal

TELLS_REFUSALS = ("bank", "finance_bureau", "fund_manager", "auditor")


def of_loan(loan: Loan, *, viewer: Any) -> Section | None:
    """The loan's enrolment and its refusals, as far as the viewer may see them."""
    enrolment = queries.enrolments(viewer=viewer).filter(loan=loan).select_related("agreement__bank").first()
    refusals = (
        list(queries.refusals(viewer=viewer).filter(loan=loan).order_by("-on", "-id"))
        if viewer.organisation.kind in TELLS_REFUSALS
        else []
    )
    rows = [_enrolled(enrolment, viewer)] if enrolment else []
    return Section(_("入池"), [*rows, *map(_refused, refusals)], _("没有入池记录。"))


def _enrolled(enrolment: Enrolment, viewer: Any) -> Row:
    pool = enrolment.agreement.pool
    exposure = yuan_text(fen_of(enrolment.exposure), grouped=True)
    notes = [_("入池时锁定方案 %(scheme)s") % {"scheme": enrolment.scheme.version}]
    if viewer.organisation.kind in TELLS_REFUSALS:
        notes += [
            _("合作协议 %(number)s") % {"number": enrolment.agreement.number},
            _("在池敞口 %(exposure)s 元") % {"exposure": exposure},
        ]
    sits = queries.has_seat(viewer=viewer, pool=pool, seats=tuple(PoolSeat.Seat.values))
    return Row(
        pool.name,
        url=reverse("pool_position", args=[pool.pk]) if sits else "",
        word=enrolment.get_state_display(),
        status=_TONES[enrolment.state],
        day=enrolment.enrolled_on,
        notes=tuple(notes),
    )


_TONES = {"live": "enrolled", "claimed": "paid", "closed": "closed"}


def _refused(refusal: EnrolmentRefusal) -> Row:
    """Every reason with its article and how well it is evidenced."""
    notes = []
    for reason in refusal.reasons:
        mark = MARKS.get(reason["status"]) if reason["status"] != "SEEN" else None
        article = "，".join(str(part) for part in (reason["article"], mark) if part)
        notes.append(f"{reason['reason']}（{article}）" if article else reason["reason"])
    where = refusal.agreement.pool.name if refusal.agreement else _("任何资金池")
    return Row(where, word=_("未入池"), status="partial", day=refusal.on, notes=tuple(notes))
