"""How a fit is done, read from `policies/scorecards/_learning.yaml`: every limit with its evidence mark and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kernel.errors import Problem, refuse_if_any
from kernel.shapes import placed
from kernel.strict_yaml import read_file

FILE = "_learning.yaml"
STATUSES = ("SEEN", "SEEN-COPY", "RECALLED", "assumed", "placeholder")


@dataclass(frozen=True)
class Rung:
    """What may be fitted from so many defaults in the development window."""

    least: int
    may: str
    title: str
    why: str


@dataclass(frozen=True)
class Duty:
    """Who sees to a finding of this severity, and within how many days."""

    owner: str
    days: int


@dataclass(frozen=True)
class Bar:
    """What a scorecard reached on public outcomes: a bar to look at, not a promise."""

    name: str
    auc: float


@dataclass(frozen=True)
class DefaultDefinition:
    """What of a loan counts as a default, looked for within so many months after the decision."""

    overdue_days: int
    grades: tuple[str, ...]
    window_months: int
    booking_days: int
    source: str

    @property
    def classes(self) -> frozenset[str]:
        """The five classes that mean default, as a return holds them."""
        return frozenset(FIVE_CLASS[name] for name in self.grades)


FIVE_CLASS = {
    "正常": "normal", "关注": "special_mention", "次级": "substandard", "可疑": "doubtful", "损失": "loss",
}  # fmt: skip
"""The five classes as the definition writes them, and as a return holds them."""


@dataclass(frozen=True)
class Method:
    """The parameters of the file, each under its own name; what each means stands there with its source."""

    fine_bins: int
    least_bin_share: float
    least_bin_events: int
    most_bins: int
    merge_above_p: float
    least_level_rows: int
    level_prior_rows: float
    woe_prior_rows: float
    least_iv: float
    suspicious_iv: float
    most_correlation: float
    ridge: float
    least_gain: float
    vintage_csi: float
    leak_auc: float
    rewritten_auc: float
    mostly: float
    code_digits: int
    code_leading: int
    points_base: float
    points_odds: float
    points_double: float
    longest_break_years: float
    shared_levels: float
    psi_amber: float
    psi_red: float
    reasons_overlap: float
    calibration_groups: int
    prior_rows: float
    prior_quantile: float
    group_ridge: float
    challenger_gain: float
    boost_rounds: int
    boost_rate: float
    boost_ridge: float
    jeffreys_red: float
    fair_ratio: float
    fair_difference: float
    vary_anchor: float
    vary_points: float
    shadow_months: int
    shadow_vintages: int
    not_worse_p: float
    recalibrate_months: int
    recalibrated_over_months: int
    later_shares: tuple[float, ...] = ()
    correlations: tuple[float, ...] = ()
    ladder: tuple[Rung, ...] = ()
    duties: Mapping[str, Duty] = field(default_factory=dict)
    bars: tuple[Bar, ...] = ()
    default: DefaultDefinition = DefaultDefinition(0, (), 0, 0, "")
    limits: tuple[str, ...] = ()
    bad_words: frozenset[str] = field(default_factory=frozenset)
    good_words: frozenset[str] = field(default_factory=frozenset)


NUMBERS = {each.name: each.type for each in fields(Method) if each.type in ("int", "float")}
LISTS = ("later_shares", "correlations")
MOST_DIGITS = 12
"""Of a number in the file; Python itself refuses to read some thousands."""
RUNGS = ("posterior", "line", "groups", "scorecard", "challenger")
SEVERITIES = ("red", "amber", "note")
SHARES = (
    "prior_quantile",
    "jeffreys_red",
    "reasons_overlap",
    "fair_ratio",
    "fair_difference",
    "least_bin_share",
    "merge_above_p",
    "later_share",
    "mostly",
    "leak_auc",
    "rewritten_auc",
    "most_correlation",
    "shared_levels",
    "vary_anchor",
    "vary_points",
    "not_worse_p",
)


def load_method(path: Path) -> Method:
    """The method that a file states; Refused with every fault."""
    written = read_file(path)
    values = written.values if isinstance(written.values, dict) else {}
    refuse_if_any(placed(problem, written) for problem in _faults(values))
    numbers: dict[str, Any] = {
        name: int(entry["value"]) if NUMBERS[name] == "int" else float(entry["value"])
        for name, entry in values["parameters"].items()
    }
    words = {f"{kind}_words": frozenset(values["words"][kind]) for kind in ("bad", "good")}
    lists = {name: tuple(float(text) for text in values[name]["values"]) for name in LISTS}
    ladder = tuple(
        Rung(int(each["from"]), each["may"], each["title"], each["why"]) for each in values["ladder"]
    )
    stated = values["default"]
    rest: dict[str, Any] = {
        "duties": {
            name: Duty(values["findings"][name]["owner"], int(values["findings"][name]["days"]))
            for name in SEVERITIES
        },
        "bars": tuple(Bar(each["name"], float(each["auc"])) for each in values["bars"]),
        "default": DefaultDefinition(
            int(stated["overdue_days"]),
            tuple(stated["grades"]),
            int(stated["window_months"]),
            int(stated["booking_days"]),
            stated["source"],
        ),
        "limits": tuple(values["limits"]),
    }
    return Method(**numbers, **words, **lists, **rest, ladder=ladder)  # type: ignore[arg-type]


def _faults(values: Mapping[str, Any]) -> Iterator[Problem]:
    parameters, words = values.get("parameters"), values.get("words")
    if not isinstance(parameters, dict) or not isinstance(words, dict):
        yield Problem("parameters、words", "没有写", "请写明参数和好坏用语", "required")
        return
    for name in NUMBERS.keys() - parameters.keys():
        yield Problem(f"parameters.{name}", "没有写", "请写出 value、status 和 source", "required")
    for name, entry in parameters.items():
        place = f"parameters.{name}"
        if name not in NUMBERS:
            yield Problem(place, "不认识的参数", f"可用的参数：{'、'.join(NUMBERS)}", "unknown_key")
        elif not _sourced(entry):
            yield Problem(place, "缺少依据", f"请写出 source 和 status（{'、'.join(STATUSES)}）", "source")
        elif not _sound(name, entry.get("value")):
            kind = "加引号的正整数" if NUMBERS[name] == "int" else "加引号的正数"
            wanted = f"请写{kind}{'，不大于 1' if name in SHARES else ''}"
            yield Problem(f"{place}.value", f"“{entry.get('value')}”不能用", wanted, "number")
    for name in LISTS:
        written = values.get(name)
        numbers = written.get("values") if isinstance(written, dict) and _sourced(written) else None
        if (
            not isinstance(numbers, list)
            or not numbers
            or not all(_sound(name, text) and float(text) < 1 for text in numbers)
        ):
            wanted = "请写出 values（加引号、大于 0 且小于 1 的数的列表）、status 和 source"
            yield Problem(name, "没有写对", wanted, "list")
    yield from _ladder_faults(values.get("ladder"))
    yield from _report_faults(values)
    for kind in ("bad", "good"):
        if not isinstance(words.get(kind), list) or not all(isinstance(word, str) for word in words[kind]):
            yield Problem(f"words.{kind}", "不是词的列表", "请列出加引号的词", "words")


def _ladder_faults(ladder: object) -> Iterator[Problem]:
    rungs = ladder if isinstance(ladder, list) else []
    firsts = [str(each.get("from")) if isinstance(each, dict) else "" for each in rungs]
    least = [int(text) for text in firsts if _whole(text)]
    if len(least) != len(rungs) or least[:1] != [0] or sorted(set(least)) != least:
        yield Problem(
            "ladder", "没有写对", "请从 0 起，按违约户数从少到多列出各级，户数写在 from、加引号", "ladder"
        )
    for index, each in enumerate(rungs):
        given = each if isinstance(each, dict) else {}
        if given.get("may") not in RUNGS or not given.get("title") or not given.get("why"):
            wanted = f"may 只能是 {'、'.join(RUNGS)}，并写出 title 和 why"
            yield Problem(f"ladder[{index}]", "没有写对", wanted, "ladder")


def _report_faults(values: Mapping[str, Any]) -> Iterator[Problem]:
    findings = values.get("findings")
    for name in SEVERITIES:
        duty = findings.get(name) if isinstance(findings, dict) else None
        if not isinstance(duty, dict) or not _text(duty.get("owner")) or not _count(duty.get("days")):
            yield Problem(
                f"findings.{name}", "没有写对", "请写明 owner（责任岗位）和 days（加引号的天数）", "duty"
            )
    bars = values.get("bars")
    for index, bar in enumerate(bars if isinstance(bars, list) else [None]):
        if not isinstance(bar, dict) or not _text(bar.get("name")) or not _sound("leak_auc", bar.get("auc")):
            yield Problem(f"bars[{index}]", "没有写对", "请列出 name 和 auc（加引号的数）", "bar")
    stated = values.get("default")
    if not (
        isinstance(stated, dict)
        and _sourced(stated)
        and _count(stated.get("overdue_days"))
        and _count(stated.get("window_months"))
        and _count(stated.get("booking_days"))
        and isinstance(stated.get("grades"), list)
        and all(isinstance(each, str) and each in FIVE_CLASS for each in stated["grades"])
    ):
        wanted = (
            "请写明 overdue_days、window_months、booking_days（加引号）、grades（五级分类）、status 和 source"
        )
        yield Problem("default", "没有写对", wanted, "default")
    limits = values.get("limits")
    if not isinstance(limits, list) or not all(_text(each) for each in limits):
        yield Problem("limits", "不是句子的列表", "请逐句列出模型的局限", "limits")


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _count(value: object) -> bool:
    return isinstance(value, str) and _whole(value) and int(value) > 0


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


def _sourced(entry: object) -> bool:
    return isinstance(entry, dict) and bool(entry.get("source")) and entry.get("status") in STATUSES


def _sound(name: str, text: object) -> bool:
    if (
        not isinstance(text, str)
        or len(text) > MOST_DIGITS
        or not text.replace(".", "", 1).isascii()
        or not text.replace(".", "", 1).isdigit()
    ):
        return False
    if NUMBERS.get(name) == "int":
        return text.isdigit() and int(text) > 0
    return float(text) > 0 and (name not in (*SHARES, *LISTS) or float(text) <= 1)
