"""No float stands in the code that computes money: the source itself is read."""

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]
MONEY_PATHS = [
    "kernel/money/**/*.py",
    "kernel/conditions.py",
    "kernel/expressions.py",
    "riskpool/**/rules.py",
    "riskpool/**/postings.py",
    "riskpool/ledger/**/*.py",
    "riskpool/schemes/**/*.py",
    "finance/**/rules.py",
    "finance/loans/interest/*.py",
    "finance/parties/sizes.py",
]
BINARY = {"float16", "float32", "float64", "float_", "double", "fsum", "isclose"}


def floats_in(source: str) -> list[str]:
    """Each place where a float is made, typed or rounded; `isinstance(x, float)`, which refuses one, is
    not."""
    tree = ast.parse(source)
    refusing = {
        id(inside)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "isinstance"
        for inside in ast.walk(call)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append(f"{node.lineno}: {node.value}")
        elif isinstance(node, ast.Name) and node.id in {"float", "round"} and id(node) not in refusing:
            found.append(f"{node.lineno}: {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in BINARY:
            found.append(f"{node.lineno}: {node.attr}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "x = float(y)",
        "x = round(y, 2)",
        "x = 0.54 * y",
        "x = y.astype(float)",
        "x: float = y",
        "x = np.float64(y)",
    ],
)
def test_a_float_that_is_put_in_is_found(source):
    assert floats_in(source)


def test_refusing_a_float_and_exact_numbers_are_allowed():
    assert not floats_in(
        "if isinstance(y, float): raise TypeError('float')\nx = Fraction(54, 100) * Decimal('0.5')"
    )


@pytest.mark.parametrize("pattern", MONEY_PATHS)
def test_no_float_stands_where_money_is_computed(pattern):
    files = [path for path in HOUSE.glob(pattern) if "migrations" not in path.parts]
    found = {str(path.relative_to(HOUSE)): floats_in(path.read_text("utf-8")) for path in files}
    assert {path: places for path, places in found.items() if places} == {}


def test_the_money_paths_are_there_to_be_read():
    read = {path.name for pattern in MONEY_PATHS for path in HOUSE.glob(pattern)}
    assert {"split.py", "yuan.py", "fields.py"} <= read
