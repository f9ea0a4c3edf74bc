"""What a score's page learns of the pools: the share of principal that each agreement of the bank compensates.

Scores and pools do not know each other; here a pool's share becomes the figure a line is worked out with. It is the exposure
of the bank's live loans under an agreement over their balances, cut down to the hundredth and never above the card's own
full share.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from kernel.related import Row, Section
from riskpool.pools import queries as pools
from riskpool.pools.models import Agreement, Enrolment
from valuation.cards.queries import card_of

if TYPE_CHECKING:
    from valuation.scores.models import Score


def of_score(score: Score, *, viewer: Any) -> Section | None:
    """For the bank whose score it is: each pool, its share, and the way back with that share filled in."""
    if viewer.organisation.kind != Organisation.Kind.BANK or score.house_id != viewer.organisation_id:
        return None
    full = card_of(score.card, score.parameters).line.full_share
    rows = [_row(score, agreement, min(share, full)) for agreement, share in _shares(viewer)]
    return Section(_("各资金池的补偿比例"), rows, _("本机构没有在池的贷款；不入池的按 0 测算。"))


def _shares(viewer: Any) -> list[tuple[Agreement, Fraction]]:
    """By agreement what the pools would bear of what is out, of the loans that stand in them. Summed by the database."""
    live = pools.enrolments(viewer=viewer).filter(state=Enrolment.State.LIVE).select_related(None)
    balance = Coalesce("loan__latest_return__balance", "loan__terms__principal")
    sums = live.order_by().values_list("agreement").annotate(borne=Sum("exposure"), out=Sum(balance))
    found = {agreement: Fraction(borne) / Fraction(out) for agreement, borne, out in sums if out}
    agreements = Agreement.objects.filter(pk__in=found).select_related("pool").order_by("pk")
    return [(agreement, found[agreement.pk]) for agreement in agreements]


def _row(score: Score, agreement: Agreement, share: Fraction) -> Row:
    hundredths = int(share * 100)
    text = f"{hundredths // 100}.{hundredths % 100:02d}"
    return Row(
        _("%(pool)s：%(share)s") % {"pool": agreement.pool.name, "share": text},
        url=f"{reverse('scores:score', args=[score.pk])}?share={text}#line",
        notes=(_("合作协议 %(number)s 下在池贷款的敞口除以余额") % {"number": agreement.number},),
    )
