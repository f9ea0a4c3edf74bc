"""The law of the bulk path over the schemes nobody has issued: every example, and rows made at random, as one by one."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kernel.money import fen_from_yuan
from riskpool.schemes import Scheme, load_library, needed_metrics
from riskpool.schemes.bulk.many import LARGEST_AMOUNT
from riskpool.schemes.bulk.routes import conditions_of
from riskpool.schemes.examples import examples_of
from tests.schemes.test_bulk import same_as_one_by_one

CASES = load_library(Path(__file__).parent / "cases").schemes


def fits(loss: dict[str, str]) -> bool:
    """The bulk path takes amounts up to 2^53-1 fen; what lies above goes the single way."""
    return all(fen_from_yuan(text) <= LARGEST_AMOUNT for text in loss.values())


@pytest.mark.parametrize("scheme", CASES.values(), ids=lambda scheme: scheme.id)
def test_bulk_says_of_every_case_what_the_single_path_says(scheme: Scheme) -> None:
    drawn = random.Random(scheme.id)
    examples = [each for each in examples_of(scheme) if fits(each["loss"])]
    lost = [{name: fen_from_yuan(text) for name, text in each["loss"].items()} for each in examples]
    facts = [dict(each.get("metrics") or {}) for each in examples]
    values: dict[str, list[str]] = {}
    for each in conditions_of(scheme):
        values.setdefault(each.metric, []).append(each.value)
    for _ in range(60):
        lost.append(
            {name: drawn.choice([0, 1, 2, drawn.randrange(10**11)]) for name in scheme.loss_base.include}
        )
        row = {}
        for need in needed_metrics(scheme):
            ratio = f"0.{drawn.randrange(10**4):04d}"
            money = f"{drawn.randrange(10**9)}.{drawn.randrange(100):02d}"
            if drawn.random() < 0.9:
                row[need.name] = drawn.choice([*values.get(need.name, []), ratio, money])
        facts.append(row)
    names = {name for each in lost for name in each}
    # a column is a component of every row; the two measures of principal are never in one
    same_as_one_by_one(scheme, [{name: each.get(name, 0) for name in names} for each in lost], facts)
