"""What a candidate's findings say in words, criterion by criterion, for pages and sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext as _

from kernel.conditions import Answer
from valuation.inputs import State
from valuation.loading import scorecard_from
from valuation.whitelists.meaning import fact_names
from valuation.whitelists.queries import filter_of_list
from valuation.whitelists.terms import RIGHT

if TYPE_CHECKING:
    from valuation.whitelists.models import Candidate, WhiteList
    from valuation.whitelists.terms import Criterion

TONES = {Answer.YES.value: "good", Answer.NO.value: "bad", Answer.UNKNOWN.value: "unknown"}


@dataclass(frozen=True)
class Told:
    """One criterion of a candidate: its answer as word and tone, and a sentence for each fact that it looked at."""

    criterion: Criterion
    answer: str
    facts: tuple[str, ...]
    gap: str

    @property
    def word(self) -> str:
        words = {Answer.YES.value: _("符合"), Answer.NO.value: _("不符合"), Answer.UNKNOWN.value: _("不知道")}
        return words[self.answer]

    @property
    def tone(self) -> str:
        return TONES[self.answer]

    @property
    def short(self) -> str:
        """For a table: the criterion, and how far it is or that it is not known."""
        tail = self.gap or (_("缺数据") if self.answer == Answer.UNKNOWN.value else "")
        return f"{self.criterion.name}（{tail}）" if tail else self.criterion.name


def told_of(one: Candidate, made: WhiteList) -> list[Told]:
    """Every criterion in the order of the filter."""
    criteria = filter_of_list(made).by_id
    names = _names(made)
    return [
        Told(
            criteria[finding["id"]],
            finding["answer"],
            tuple(_facts(criteria[finding["id"]], finding, names)),
            finding.get("gap", ""),
        )
        for finding in one.findings
    ]


def unmet_of(one: Candidate, made: WhiteList) -> list[Told]:
    """Those that are not met, or not known."""
    return [told for told in told_of(one, made) if told.answer != Answer.YES.value]


def _facts(criterion: Criterion, finding: dict[str, Any], names: dict[str, str]) -> list[str]:
    facts = [_fact(stated, names) for stated in finding["stated"]]
    if criterion.of != RIGHT:
        return facts
    counted = {"met": finding["rights_met"], "known": finding["rights_known"]}
    if not counted["known"]:
        return [_("没有登记过该企业的权利")]
    return [_("已知 %(known)s 件权利，%(met)s 件符合") % counted, *facts]


def _fact(stated: dict[str, Any], names: dict[str, str]) -> str:
    right, _colon, metric = stated["metric"].rpartition("：")
    name = names.get(metric, metric)
    name = f"{right} {name}" if right else name
    came = " ".join(part for part in (stated.get("source", ""), stated.get("known_on", "")) if part)
    came = f"（{came}）" if came else ""
    if stated["state"] == str(State.VALUE):
        return f"{name}：{stated['value']}{came}"
    if stated.get("stale"):
        return _("%(name)s：%(value)s%(came)s，已过期，按不知道") % {
            "name": name, "value": stated.get("value", ""), "came": came,
        }  # fmt: skip
    words = {
        str(State.QUERIED_NONE): _("查无"),
        str(State.NOT_APPLICABLE): _("不适用"),
        str(State.NOT_QUERIED): _("没有数据（未查询或企业未授权）"),
    }
    why = stated.get("why", "")
    return f"{name}：{words[stated['state']]}{came}{f'，{why}' if why else ''}"


def _names(made: WhiteList) -> dict[str, str]:
    if made.card_sha256 not in _Cards.names:
        _Cards.names[made.card_sha256] = fact_names(scorecard_from(made.card_text))
    return _Cards.names[made.card_sha256]


class _Cards:
    """The names of facts by the digest of the card that has them: a text never changes under its digest."""

    names: ClassVar[dict[str, dict[str, str]]] = {}
