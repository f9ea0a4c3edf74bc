"""The tests inside a subsidy file, worked out and compared exactly (7.12).

Here, and nowhere else, facts are filled in (7.2): the defaults of `_model.yaml` and the fill-ins are for tests only.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from finance.subsidies.budget import scaled
from finance.subsidies.engine import evaluate, evaluate_batch, used_of
from finance.subsidies.facts import Case, missing
from finance.subsidies.loading import plain_values
from finance.subsidies.rates import Series
from finance.subsidies.shape import ROUNDINGS
from finance.subsidies.terms import COUNT_ENDING, Policy
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.examples import Difference, ExampleResult, differences
from kernel.money import fen_from_yuan, yuan_text
from kernel.shapes import placed
from kernel.strict_yaml import read_file

MODEL_FILE = "_model.yaml"
Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Defaults:
    """What tests take for granted: facts by section. Only sections named here have any."""

    sections: Mapping[str, Plain] = field(default_factory=dict)

    def case(self, written: Plain) -> Case:
        """The application of a test: its sections laid over the defaults key by key, then the fill-ins."""
        stated = Case.from_plain(written, believe=True)
        assumed: dict[str, Any] = {}
        for section, facts in self.sections.items():
            given = written.get(section, {})
            if given is not None:
                assumed |= {f"{section}.{name}": fact for name, fact in facts.items() if name not in given}
        assumed |= _filled_in(stated)
        plain = {**stated.plain(), "assumed": assumed}
        if stated.application_date is None and stated.evaluated_on is not None:
            plain["application_date"] = stated.evaluated_on.isoformat()
        return Case.from_plain(plain, believe=True)


def load_defaults(path: Path) -> Defaults:
    """`fact_defaults` of a model file; Refused with every fault."""
    written = read_file(path)
    document, problems = plain_values(written)
    found = document.get("fact_defaults") if isinstance(document, dict) else None
    if not isinstance(found, dict) or not all(isinstance(facts, dict) for facts in found.values()):
        problems.append(Problem("fact_defaults", "没有写", "写成 节名: {事实: 值} 的映射", "fact_defaults"))
    refuse_if_any(placed(problem, written) for problem in problems)
    assert isinstance(found, dict)
    return Defaults(found)


@cache
def defaults_of(path: Path) -> Defaults:
    return load_defaults(path)


def _filled_in(case: Case) -> dict[str, Any]:
    """The fill-ins of 7.2 that follow from the case itself."""
    filled: dict[str, Any] = {}
    if case.draws:
        first, amount = case.first_draw, yuan_text(case.drawn_fen)
        assert first is not None
        if missing(case.facts.get("loan.contract_date")):
            filled["loan.contract_date"] = first.isoformat()
        if missing(case.facts.get("loan.amount")):
            filled["loan.amount"] = amount
    if missing(case.facts.get("loan.enterprise_outstanding")):
        known = case.facts.get("loan.amount") or filled.get("loan.amount")
        if known is not None:
            filled["loan.enterprise_outstanding"] = known
    return filled


def run_examples(policy: Policy, series: Series, defaults: Defaults) -> list[ExampleResult]:
    """Every test, batch test and budget test of the policy, in the order of the file."""
    examples = json.loads(policy.examples)
    runs: dict[str, Callable[[Plain], tuple[Any, Any]]] = {
        "tests": lambda test: _single(policy, series, defaults, test),
        "batch_tests": lambda test: _batch(policy, series, defaults, test),
        "budget_tests": _budget,
    }
    return [
        _run(kind, place, test, run)
        for kind, run in runs.items()
        for place, test in enumerate(examples.get(kind, ()))
    ]


def _run(kind: str, place: int, test: Plain, run: Callable[[Plain], tuple[Any, Any]]) -> ExampleResult:
    try:
        expected, found = run(test)
    except Refused as refusal:
        reasons = "；".join(str(problem) for problem in refusal.problems)
        wrong: tuple[Difference, ...] = (Difference("expect", "算出的结果", f"不能计算：{reasons}"),)
    else:
        wrong = tuple(differences("", expected, found))
    return ExampleResult(f"{kind}[{place}]“{test['name']}”", str(test["name"]), wrong)


def _single(policy: Policy, series: Series, defaults: Defaults, test: Plain) -> tuple[Plain, Plain]:
    result = evaluate(policy, defaults.case(test["input"]), series, used_of(test.get("used")))
    return expected_of(test["expect"]), result.as_expected()


def expected_of(written: Plain) -> Plain:
    """`expect` with what may be left out: no benefits, no reasons, and in a batch the status."""
    return {"status": "eligible", "benefits": {}, "reasons": [], **written}


def _batch(policy: Policy, series: Series, defaults: Defaults, test: Plain) -> tuple[Plain, Plain]:
    cases = [defaults.case(each) for each in test["inputs"]]
    results, after = evaluate_batch(policy, cases, series, used_of(test.get("used")))
    expected: dict[str, Any] = {"expect": [expected_of(each) for each in test["expect"]]}
    found: dict[str, Any] = {"expect": [result.as_expected() for result in results]}
    if "used_after" in test:
        expected["used_after"] = used_of(test["used_after"])
        asked = {*expected["used_after"], *(limit.id for limit in policy.limits)}
        found["used_after"] = {name: fen for name, fen in after.items() if name in asked}
        for side in (expected, found):
            side["used_after"] = dict(_shown(side["used_after"]))
    return expected, found


def _shown(used: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for name, amount in used.items():
        yield name, str(amount) if name.endswith(COUNT_ENDING) else yuan_text(amount)


def _budget(test: Plain) -> tuple[Plain, Plain]:
    """By `pro_rata` in each rounding the test names, whatever the policy's own rule is."""
    entries = [fen_from_yuan(str(amount)) for amount in test["approved"]]
    expected = {rounding: test[rounding] for rounding in ROUNDINGS if rounding in test}
    found = {}
    for rounding in expected:
        paid = scaled(entries, fen_from_yuan(str(test["pool"])), rounding)
        found[rounding] = {"paid": [yuan_text(fen) for fen in paid], "sum": yuan_text(sum(paid))}
    return expected, found
