"""The worked examples inside a scheme file, calculated and compared figure by figure (5.9).

`expect` is compared as a whole: no key missing, none extra, every figure equal as a string with two decimals.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.errors import Problem, Refused
from kernel.examples import ABSENT, Difference, ExampleResult, differences, plain_text
from kernel.money import fen_from_yuan, yuan_text
from riskpool.schemes.engine import Apportionment, apportion
from riskpool.schemes.recovery import RecoverySharing, share_recovery
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import WorkingStep, numbered


def examples_of(scheme: Scheme) -> list[dict[str, Any]]:
    """The examples as they stand in the file."""
    return list(json.loads(scheme.document).get("examples") or ())


def run_examples(scheme: Scheme) -> list[ExampleResult]:
    """Every example of the scheme, in the order of the file."""
    return [_run(scheme, example) for example in examples_of(scheme)]


@dataclass(frozen=True)
class Figure:
    """One figure of an example: where it stands in `expect`, what the file says, what was calculated."""

    path: str
    expected: str
    found: str

    @property
    def same(self) -> bool:
        return self.expected == self.found


@dataclass(frozen=True)
class Worked:
    """An example carried out before the reader's eyes: what goes in, each figure, each step; or why it cannot be."""

    id: str
    title: str
    loss: Mapping[str, str]
    metrics: Mapping[str, str]
    recovery: Mapping[str, str]
    figures: tuple[Figure, ...]
    working: tuple[WorkingStep, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.problems and all(figure.same for figure in self.figures)


def worked_examples(scheme: Scheme) -> list[Worked]:
    """Every example of the scheme with its figures side by side and its working."""
    return [_worked(scheme, example) for example in examples_of(scheme)]


def _worked(scheme: Scheme, example: Mapping[str, Any]) -> Worked:
    figures: tuple[Figure, ...] = ()
    working: tuple[WorkingStep, ...] = ()
    problems: tuple[Problem, ...] = ()
    try:
        apportionment, sharing = carried_out(scheme, example)
    except Refused as refusal:
        problems = refusal.problems
    else:
        figures = tuple(_figures("", example["expect"], as_expected(apportionment, sharing)))
        working = numbered((*apportionment.working, *(sharing.working if sharing else ())))
    return Worked(
        id=example["id"],
        title=str(example.get("title", "")),
        loss=example["loss"],
        metrics=example.get("metrics") or {},
        recovery=example.get("recovery") or {},
        figures=figures,
        working=working,
        problems=problems,
    )


def _figures(path: str, expected: Any, found: Any) -> Iterator[Figure]:
    """Every leaf of both, equal or not."""
    if isinstance(expected, Mapping) or isinstance(found, Mapping):
        left, right = (value if isinstance(value, Mapping) else {} for value in (expected, found))
        for key in dict.fromkeys([*right, *left]):
            place = f"{path}.{key}" if path else str(key)
            yield from _figures(place, left.get(key, ABSENT), right.get(key, ABSENT))
    else:
        yield Figure(path, plain_text(expected), plain_text(found))


def _run(scheme: Scheme, example: Mapping[str, Any]) -> ExampleResult:
    try:
        found = outcome(scheme, example)
    except Refused as refusal:
        reasons = "；".join(str(problem) for problem in refusal.problems)
        wrong: tuple[Difference, ...] = (Difference("expect", "算出的结果", f"不能计算：{reasons}"),)
    else:
        wrong = tuple(differences("", example["expect"], found))
    return ExampleResult(example["id"], str(example.get("title", "")), wrong)


def outcome(scheme: Scheme, example: Mapping[str, Any]) -> dict[str, Any]:
    """What `expect` of the example should say, from the engine."""
    return as_expected(*carried_out(scheme, example))


def carried_out(scheme: Scheme, example: Mapping[str, Any]) -> tuple[Apportionment, RecoverySharing | None]:
    """The example's loss shared, and what it recovers if it does. Refused as the engine refuses."""
    loss = {name: fen_from_yuan(amount) for name, amount in example["loss"].items()}
    apportionment = apportion(scheme, loss, example.get("metrics") or {})
    sharing = None
    if "recovery" in example:
        recovery = example["recovery"]
        gross, costs = (fen_from_yuan(recovery.get(key, "0.00")) for key in ("gross", "costs"))
        sharing = share_recovery(scheme, apportionment, gross, costs)
    return apportionment, sharing


def as_expected(apportionment: Apportionment, sharing: RecoverySharing | None = None) -> dict[str, Any]:
    """A result in the words of `expect`: money as text, only the keys that belong there."""
    result: dict[str, Any] = {
        "covered_loss": yuan_text(apportionment.covered_fen),
        "outside_scheme_to_lender": yuan_text(apportionment.outside_fen),
        "borne": {code: yuan_text(fen) for code, fen in apportionment.borne.items()},
    }
    if sharing:
        result["recovery"] = {
            "gross": yuan_text(sharing.gross_fen),
            "costs": yuan_text(sharing.costs_fen),
            "net": yuan_text(sharing.net_fen),
            "to_covered_part": yuan_text(sharing.to_covered_fen),
            "to_lender_outside": yuan_text(sharing.to_lender_outside_fen),
            "returned": {
                code: yuan_text(fen)
                for code, fen in sharing.returned.items()
                if fen > 0 or apportionment.borne[code] > 0
            },
        }
        result["final_net"] = {code: yuan_text(fen) for code, fen in sharing.final_net.items()}
    if apportionment.notes:
        result["notes"] = list(apportionment.notes)
    return result
