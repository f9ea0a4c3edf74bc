"""Hand-worked firms beside a scorecard (`cases/<card>.yaml`), scored and compared figure by figure. Pure but for reading.

A file names its card, the day, and cases; a card's own file may hold the same under `cases`, without the name. A case may be
written `like` an earlier one, with what differs. An input may be written short: a value alone, or the word of an absence;
source and day are then the file's. `right` are facts that every right has but where its own say otherwise. A case with an
`ask` (the keys of `Ask`, amounts in 万元) asks for a line and a value too, and may expect something of them.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.examples import Difference, ExampleResult, differences
from kernel.strict_yaml import read_file
from valuation.credit_line import Ask, CreditLine, credit_line
from valuation.indicative_value import Portfolio, value_if_any
from valuation.inputs import Application, State
from valuation.loading import plain_values
from valuation.results import Plain, Score
from valuation.scoring import score
from valuation.terms import Scorecard, points_text

CASES = "cases"
SOURCE = "算例"
_CASE_KEYS = {"name", "like", "on", "indicators", "firm", "rights", "products", "ask", "expect"}
_IN_PART = ("points", "line", "value")
"""Of these a case names what it expects; what it does not name may be anything."""
_ABSENCES = {str(state) for state in State if state is not State.VALUE}


def cases_beside(path: Path, card: Scorecard) -> Path:
    """Where the cases of a card's file are looked for."""
    return path.parent / CASES / f"{card.id}.yaml"


def load_cases(path: Path) -> list[Plain]:
    """Every case of a file, with what it takes over from the one it is like; Refused with every fault."""
    return cases_of(plain_values(read_file(path).values))


def cases_in(document: Mapping[str, Any]) -> list[Plain]:
    """Every case that stands in a card's own file; none where it has none. Refused with every fault."""
    return cases_of(document["cases"], "cases.") if "cases" in document else []


def cases_of(document: Any, above: str = "") -> list[Plain]:
    """Every case of plain values {on, cases, right}, told as standing under `above`; Refused with every fault."""
    written = document.get("cases") if isinstance(document, dict) else None
    if not isinstance(written, list) or not isinstance(document.get("on"), str):
        raise Refused(Problem(f"{above}cases", "没有写", "写 card、on 和 cases 的列表", "cases"))
    problems: list[Problem] = []
    whole: dict[str, Plain] = {}
    for place, case in enumerate(written):
        where = f"{above}cases[{place}]"
        if not isinstance(case, dict) or not isinstance(case.get("name"), str) or "expect" not in case:
            problems.append(Problem(where, "不是完整的算例", "写 name、indicators 等键和 expect", "case"))
            continue
        problems += [
            Problem(
                f"{where}.{key}", "不认识的键", f"可用的键：{'、'.join(sorted(_CASE_KEYS))}", "unknown_key"
            )
            for key in case
            if key not in _CASE_KEYS
        ]
        like = case.get("like")
        if like is not None and like not in whole:
            problems.append(Problem(f"{where}.like", f"前面没有算例“{like}”", "写前面一例的名称", "like"))
        alone = {"on": document["on"], "right": document.get("right") or {}}
        whole[case["name"]] = _laid_over(whole.get(str(like), alone), case)
    refuse_if_any(problems)
    return list(whole.values())


def _laid_over(before: Plain, case: Plain) -> Plain:
    """What is written replaces, key by key in the maps; rights are replaced as a whole."""
    merged = {**before, **case}
    for key in ("indicators", "firm", "products"):
        merged[key] = {**before.get(key, {}), **case.get(key, {})}
    return merged


def application_of(case: Mapping[str, Any]) -> Plain:
    """The plain application of a case: short inputs written out."""
    on = case["on"]
    rights = [
        {**right, "facts": _long({**case["right"], **right.get("facts", {})}, on)}
        for right in case.get("rights", ())
    ]
    products = {name: _long(facts, on) for name, facts in case.get("products", {}).items()}
    return {
        "on": on,
        "indicators": _long(case.get("indicators", {}), on),
        "firm": _long(case.get("firm", {}), on),
        "rights": rights,
        "products": products,
    }


def _long(stated: Mapping[str, Any], on: str) -> Plain:
    known: Plain = {"source": SOURCE, "known_on": on}
    found: Plain = {}
    for name, value in stated.items():
        if isinstance(value, dict):
            absent = value.get("absent") in ("not_queried", "not_applicable")
            found[name] = value if absent else {**known, **value}
        elif value in _ABSENCES:
            found[name] = {"absent": value, **(known if value == "queried_none" else {})}
        else:
            found[name] = {"value": value, **known}
    return found


def run_cases(card: Scorecard, cases: list[Plain]) -> list[ExampleResult]:
    return [_run(card, case) for case in cases]


def _run(card: Scorecard, case: Plain) -> ExampleResult:
    try:
        application = Application.from_plain(application_of(case), card)
        found = score(card, application)
        told = as_expected(found)
        if "ask" in case:
            told |= _lent(card, found, application, case["ask"])
    except Refused as refusal:
        reasons = "；".join(str(problem) for problem in refusal.problems)
        wrong: tuple[Difference, ...] = (Difference("expect", "评分结果", f"不能评分：{reasons}"),)
    else:
        wrong = tuple(_differences(case["expect"], told))
    return ExampleResult(case["name"], case["name"], wrong)


def _lent(card: Scorecard, found: Score, application: Application, asked: object) -> Plain:
    """Line and value of a case, with terms and rights by their names. A score without a grade has no value."""
    value = value_if_any(card, found, application)
    line = credit_line(card, found, application, Ask.from_plain(asked, card), value)
    return {"line": _line_told(line), "value": _value_told(value) if value else None}


def _line_told(line: CreditLine) -> Plain:
    told = line.plain()
    return told | {"terms": {term["id"]: term["amount_wan"] for term in told["terms"]}}


def _value_told(value: Portfolio) -> Plain:
    told = value.plain()
    return told | {
        "rights": {right["id"]: right | {"years": str(right["years"])} for right in told["rights"]}
    }


def _differences(expected: Mapping[str, Any], told: Plain) -> Iterator[Difference]:
    """Of what the case expects: it need not say everything, but nothing it says may be unknown to us."""
    for key, value in expected.items():
        here = told.get(key)
        yield from differences(key, value, _named(value, here) if key in _IN_PART else here)


def _named(expected: Any, found: Any) -> Any:
    """What was found of what a case names, however deep."""
    if not isinstance(expected, Mapping) or not isinstance(found, Mapping):
        return found
    return {name: _named(expected[name], found.get(name)) for name in expected}


def as_expected(found: Score) -> Plain:
    """A score in the words of `expect`."""
    answer = found.answer()
    kept = (
        "status",
        "stage",
        "K",
        "B",
        "score",
        "band",
        "grade",
        "grade_by_score",
        "capped_by",
        "pd",
        "missing",
        "groups",
    )
    return {key: answer[key] for key in kept} | {
        "gates": [gate["id"] for gate in answer["gates"] if gate["answer"] == "hit"],
        "unknown": [gate["id"] for gate in answer["gates"] if gate["unknown_rights"] or gate["answer"] == "unknown"],
        "points": {line.indicator.id: points_text(line.points) for line in found.lines},
        "stale": [line.indicator.id for line in found.lines if line.stated.stale],
        "first_reason": found.reasons[0].id if found.reasons else None,
    }  # fmt: skip
