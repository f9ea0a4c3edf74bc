"""The worked firms inside a filter file, judged and compared; and the list they make, in its order. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kernel.errors import Refused
from kernel.examples import Difference, ExampleResult, differences
from valuation.examples import application_of, cases_of
from valuation.inputs import Application
from valuation.terms import Scorecard
from valuation.whitelists.rules import IN, Judged, judged, ranked
from valuation.whitelists.terms import Filter

THE_LIST = "list"


def run_examples(rules: Filter, card: Scorecard) -> list[ExampleResult]:
    """Every firm, then the list of them; Refused with the place of a case that is not whole."""
    written = rules.document["examples"]
    try:
        cases = cases_of(written)
    except Refused as refused:
        problems = [replace(one, where=f"examples.{one.where}") for one in refused.problems]
        raise Refused(problems) from None
    firms: dict[str, Judged] = {}
    results = [_run(rules, card, case, firms) for case in cases]
    made = [name for name, answer in ranked(rules, firms.items()).items() if answer == IN]
    wrong = tuple(differences(THE_LIST, written[THE_LIST], made))
    return [*results, ExampleResult(THE_LIST, "名单及其先后", wrong)]


def _run(rules: Filter, card: Scorecard, case: dict[str, Any], firms: dict[str, Judged]) -> ExampleResult:
    name = case["name"]
    try:
        application = Application.from_plain(application_of(case), card)
    except Refused as refused:
        reasons = "；".join(str(problem) for problem in refused.problems)
        return ExampleResult(name, name, (Difference("expect", "筛选结论", f"不能筛选：{reasons}"),))
    found = firms[name] = judged(rules, application)
    expected = {"failed": [], "unknown": [], **case["expect"]}
    told: dict[str, Any] = {
        "answer": found.answer,
        "failed": [one.criterion.id for one in found.failed],
        "unknown": [one.criterion.id for one in found.unknown],
    }
    if "gaps" in expected:
        told["gaps"] = {one.criterion.id: one.gap for one in found.failed if one.gap}
    return ExampleResult(name, name, tuple(differences("expect", expected, told)))
