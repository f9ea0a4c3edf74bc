"""What another version of the scorecard would make of the scores that stand: it crosses the rooms of cards and scores.

A bank is told of its own firms by name. A bureau, which publishes cards and sees no bank's scores, is told counts alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from finance.parties.models import Organisation
from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from valuation.cards.desk import DESK, earlier_versions
from valuation.cards.effect import NO_GRADE, effect_of
from valuation.cards.queries import card_of, standing_parameters
from valuation.scores.models import Score

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.policystore.models import PolicyVersion
    from valuation.cards.effect import CardEffect
    from valuation.terms import Scorecard

MOST_ROWS = 5000  # so many firms are worked out while a person waits


@require_GET
@absent_is_404
@DESK.read_or_told
def scorecard_effect(request: Any, version_id: UUID) -> HttpResponse:
    """Who would change grade, by how many notches."""
    row = DESK.seen(request, version_id)
    others = earlier_versions(row, request.viewer)
    context: dict[str, Any] = {"row": row, "before": others[0] if others else None}
    if others:
        context |= _effect(request.viewer, row, others[0])
    return render(request, "cards/desk/effect.html", context)


def _effect(viewer: Any, row: PolicyVersion, before: PolicyVersion) -> dict[str, Any]:
    own = viewer.organisation.kind == Organisation.Kind.BANK
    kept = _kept(viewer.organisation if own else None)
    house = viewer.organisation if own else None
    effect = effect_of(_card(before, house), _card(row, house), [given for _, given in kept[:MOST_ROWS]])
    return {
        "own": own,
        "effect": effect,
        "cut": MOST_ROWS if len(kept) > MOST_ROWS else 0,
        "notches": [(_words(notches), count) for notches, count in effect.by_notches],
        **_matrix(effect),
        "changed": [(kept[one.place][0], one, _words(one.notches)) for one in effect.moved] if own else [],
    }


def _kept(house: Organisation | None) -> list[tuple[str, Any]]:
    """The stated inputs of each firm's last score in each house, or in one; one more than are worked out."""
    rows = Score.objects.order_by("house", "enterprise", "-on", "-made_at", "-pk").distinct(
        "house", "enterprise"
    )
    if house is not None:
        rows = rows.filter(house=house)
    return list(rows.values_list("enterprise__name", "given")[: MOST_ROWS + 1])


def _card(version: PolicyVersion, house: Organisation | None) -> Scorecard:
    """The version with a house's own parameters where they go with it, else as it is written."""
    family = version.version.partition("@")[0]
    standing = standing_parameters(house, today(), family) if house is not None else None
    try:
        return card_of(version, standing)
    except Refused:
        return card_of(version, None)


def _matrix(effect: CardEffect) -> dict[str, Any]:
    names = sorted({name for pair in effect.pairs for name in pair} - {NO_GRADE})
    names += [NO_GRADE] if any(NO_GRADE in pair for pair in effect.pairs) else []
    rows = [(old, [effect.pairs.get((old, new), 0) for new in names]) for old in names]
    return {"columns": names, "rows": rows}


def _words(notches: int | None) -> str:
    if notches is None:
        return _("有无等级改变")
    if notches < 0:
        return _("好 %(n)s 级") % {"n": -notches}
    return _("差 %(n)s 级") % {"n": notches} if notches else _("同一位置的等级改名")
