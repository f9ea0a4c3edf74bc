"""Two persons of an institution set its own parameters. Lock order: approval, nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.days import day_of
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore.queries import version_on
from kernel.work.approvals import ask, executes
from valuation.cards.models import Parameters
from valuation.cards.queries import SCORECARD, changes_told, standing_parameters, values_of
from valuation.cards.shelf import card_with, ownership

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kernel.work.models import Approval

Check = Callable[["Approval"], "Iterable[Problem]"]
_checks: list[Check] = []
PROPOSES, CONFIRMS = "bank.maker", "bank.checker"
SET = "cards.parameters"


def checked_when_confirmed(check: Check) -> Check:
    """Register what another room wants to see true when parameters are confirmed that were asked for on its ground."""
    _checks.append(check)
    return check


@in_chinese
@transaction.atomic
def propose_parameters(
    *,
    by: Any,
    values: Mapping[str, str],
    since: dt.date,
    on: dt.date,
    family: str = "",
    ground: Mapping[str, Any] | None = None,
) -> Approval:
    """Ask a second person of the institution to let these be its own figures from a day on; `values` is the whole set.

    `ground` is what the second person is shown of why, beside the figures.
    Refused, all at once: another seat, a day that has passed, figures that the list or the card does not allow, nothing that
    changes.
    """
    permit(by, PROPOSES)
    family = family or ownership().family
    problems = _day_problems(since, on)
    version = version_on(SCORECARD, family, max(since, on))
    if version is None:
        problems.append(Problem("起用日", f"{since} 没有施行的评分卡", "请填评分卡施行期内的日期", "no_card"))
        raise Refused(problems)
    standing = standing_parameters(by.organisation, max(since, on), family)
    if values_of(standing) == dict(values):
        problems.append(Problem("参数", "与现行的相同", "请改动至少一项", "same"))
    try:
        card_with(version, values)
    except Refused as refused:
        problems += refused.problems
    refuse_if_any(problems)
    command = {
        "family": family, "card": str(version.pk), "values": dict(values), "since": since.isoformat(),
    }  # fmt: skip
    basis = {
        "standing": str(standing.pk) if standing else "",
        "card": version.version,
        "rows": [list(row) for row in changes_told(version, values_of(standing), values)],
        "ground": dict(ground or {}),
    }
    summary = f"评分卡机构参数：自 {since} 起用 {len(values)} 项自定"
    return ask(by=by, kind=SET, command=command, subject=by.organisation, summary=summary, basis=basis)


@executes(SET)
def _set_parameters(approval: Approval, by: Any) -> Parameters:
    """Write what was asked, if the day has not passed, the card is still in force then, and nothing came between."""
    permit(by, CONFIRMS)
    command = approval.command
    assert approval.decided_at is not None
    since, on = dt.date.fromisoformat(command["since"]), day_of(approval.decided_at)
    problems = _day_problems(since, on)
    version = version_on(SCORECARD, command["family"], since)
    if version is None or str(version.pk) != command["card"]:
        problems.append(
            Problem("评分卡", f"{since} 施行的已不是提出时的版本", "请退回，由经办人重新提出", "moved")
        )
    standing = standing_parameters(by.organisation, since, command["family"])
    if (str(standing.pk) if standing else "") != approval.basis["standing"]:
        problems.append(Problem("参数", "提出之后现行参数已有变化", "请退回，由经办人重新提出", "moved"))
    for check in _checks:
        problems += check(approval)
    refuse_if_any(problems)
    assert version is not None
    card_with(version, command["values"])
    stored = Parameters.objects.create(
        institution=by.organisation, family=command["family"], card=version, values=command["values"],
        since=since, confirmed_on=on, approval=approval,
    )  # fmt: skip
    facts = {"values": command["values"], "since": command["since"]}
    record(by=by, verb="cards.parameters", subject=stored, summary=approval.summary, facts=facts)
    return stored


def _day_problems(since: dt.date, on: dt.date) -> list[Problem]:
    if since >= on:
        return []
    found = f"{since} 早于今天 {on}"
    return [Problem("起用日", found, "不早于今天：已作的评分不因以后的参数改变", "past")]
