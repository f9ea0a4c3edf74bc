"""Good files spoiled at random, as text and as values: the command ends with 0, 1 or 2 and a sentence, always."""

from __future__ import annotations

import copy
import json
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.long

CASES = Path(__file__).parent / "cases"
POLICIES = Path(__file__).parents[2] / "policies"
GOOD = [
    *(CASES / f"{name}.yaml" for name in ("when-on-every-step", "uplifts-add-up", "priority-groups", "every-operation")),
    POLICIES / "schemes" / "anhui-scitech-direct@2022.yaml",
    POLICIES / "schemes" / "henan-kejidai@2025.yaml",
    POLICIES / "volume" / "pudong-ip@2011.yaml",
]  # fmt: skip
TEXTS = [path.read_text("utf-8") for path in GOOD]
fuzzed = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
ODD = [
    *("", "\x00", "\t", "'", '"', "[", "{", "}", "]", ":", "- ", "? ", "&a ", "*a", "!!float ", "<<: ", "#", "|\n", ">\n"),
    *("１", "。", "\ufeff", "\u3000", "\x1b", "---\n", "...\n"),
    *("%YAML 2.0\n", ".inf", "-0", "1e5", "NaN", "~", "yes", "0x1F"),
]  # fmt: skip
JUNK = st.recursive(
    st.one_of(
        st.sampled_from([None, True, 5, 1.5, "", "x", "0", "1.00", "-1", "borne:x", "a.b", "loss", "1e400", "٣", "\n0.5"]),
        st.text(max_size=6),
        st.sampled_from([float("inf"), float("nan"), 10**40]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["add", "div", "when", "shares", "x"]), inner, max_size=2),
    ),
    max_leaves=4,
)  # fmt: skip


def run(*arguments: object) -> tuple[int, str]:
    printed = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("check_schemes", *map(str, arguments), stdout=printed, stderr=StringIO())
    return end.value.code, printed.getvalue()


def holds(path: Path) -> None:
    """Both outputs end as promised and agree with each other; what is printed can be encoded."""
    code, printed = run(path)
    code_of_json, report = run(path, "--json")
    assert code in (0, 1, 2)
    assert code_of_json == code
    printed.encode("utf-8")
    told = json.loads(report)
    assert (code == 2) == (told["not_valid"] > 0)
    assert (code == 1) == (told["not_valid"] == 0 and told["failed"] > 0)
    problems = [problem for file in told["files"] for problem in file["problems"]]
    assert bool(problems) == (code == 2)
    assert all(problem["found"] and problem["wanted"] for problem in problems)
    assert "Traceback" not in printed


@fuzzed
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 4), st.one_of(st.sampled_from(ODD), st.text(max_size=3))),
        min_size=1,
        max_size=4,
    ),
)
def test_text_spoiled_anywhere_ends_in_words(tmp_path: Path, text: str, spoilings: list) -> None:
    for place, cut, put in spoilings:
        at = int(place * len(text))
        text = text[:at] + put + text[at + cut :]
    path = tmp_path / "spoiled.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    holds(path)


def places(values: object, path: tuple = ()) -> list[tuple]:
    entries = (
        values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    )
    return [found for key, value in entries for found in [(*path, key), *places(value, (*path, key))]]


@fuzzed
@given(st.sampled_from(range(len(TEXTS))), st.data())
def test_values_replaced_moved_or_taken_away_end_in_words(
    tmp_path: Path, which: int, data: st.DataObject
) -> None:
    values = copy.deepcopy(yaml.safe_load(TEXTS[which]))
    for _ in range(data.draw(st.integers(1, 3))):
        found = places(values)
        if not found:
            break
        place = data.draw(st.sampled_from(found))
        holder = values
        for key in place[:-1]:
            holder = holder[key]
        deed = data.draw(st.sampled_from(["junk", "away", "other"]))
        if deed == "away":
            del holder[place[-1]]
        elif deed == "other":
            other = values
            for key in data.draw(st.sampled_from(found)):
                other = other[key]
            holder[place[-1]] = copy.deepcopy(other)
        else:
            holder[place[-1]] = data.draw(JUNK)
    path = tmp_path / "spoiled.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=True), "utf-8")
    holds(path)


@fuzzed
@given(st.binary(max_size=200))
def test_any_bytes_end_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(content)
    holds(path)
