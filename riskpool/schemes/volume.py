"""Money paid on the volume a bank has lent, not on a loss: one formula over the facts of a period (Pudong 2011).

It stands beside the loss-sharing schemes because it is written in the same words (quoted decimals, metrics, expressions,
examples inside the file); it shares no step with them and no fen of it enters a loss ledger. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.examples import Difference, ExampleResult
from kernel.expressions import (
    MOST_LEAVES,
    Expression,
    describe,
    evaluate,
    leaves_of,
    metrics_in,
    parse_expression,
    too_long,
)
from kernel.money import yuan_text
from kernel.shapes import shape_problems
from kernel.strict_yaml import Written, read_file
from riskpool.schemes.building import canonical
from riskpool.schemes.loading import Document, with_lines
from riskpool.schemes.meaning import full_date
from riskpool.schemes.shape import volume_shape
from riskpool.schemes.working import WorkingStep, yuan_of

LENT_VOLUME = "bank.lent_volume"
IN_CHINESE = {LENT_VOLUME: f"期间放款量（{LENT_VOLUME}）"}


@dataclass(frozen=True)
class VolumeScheme:
    """One measure that pays on volume. `formula` comes to yuan; offices of `regions` may award by it.

    `document` is its own text, canonical.
    """

    id: str
    name: str
    issuer: str
    currency: str
    formula: Expression
    valid_from: date | None
    valid_to: date | None
    marks: tuple[str, ...]
    note: str
    regions: tuple[str, ...]
    document: str

    @property
    def metrics(self) -> tuple[str, ...]:
        """The facts the formula asks for, each once, in written order."""
        return tuple(dict.fromkeys(metrics_in(self.formula)))

    def valid_on(self, day: date) -> bool:
        """First and last day are both included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True)
class VolumeSubsidy:
    """What is paid (fen), and how it came about."""

    scheme_id: str
    paid_fen: int
    metrics: Mapping[str, str]
    working: tuple[WorkingStep, ...]


def volume_subsidy(scheme: VolumeScheme, metrics: Mapping[str, str]) -> VolumeSubsidy:
    """The subsidy with these facts (yuan, as text), rounded half up to the fen, once.

    Refused: absent facts (all named), facts that are not decimals, a result below zero.
    """
    value = evaluate(scheme.formula, metrics, "formula")
    if value.exact is None:
        raise Refused(
            Problem("formula", f"缺少指标 {name}", "请补上这个指标再计算", "missing_metric")
            for name in value.missing
        )
    exact = value.exact * 100
    if exact < 0:
        raise Refused(
            Problem("formula", f"算得 {yuan_of(exact)} 元，小于零", "补贴不能为负", "negative_subsidy")
        )
    paid = floor(exact + Fraction(1, 2))
    used = {name: metrics[name] for name in scheme.metrics}
    figures = (
        *((IN_CHINESE.get(name, name), f"{text} 元") for name, text in used.items()),
        ("算式", describe(scheme.formula)),
        ("代入", describe(scheme.formula, metrics)),
        ("精确值", f"{yuan_of(exact)} 元"),
        ("应付（四舍五入到分）", f"{yuan_of(paid)} 元"),
    )
    step = WorkingStep(1, "volume", "按放款量计算补贴", place="formula", figures=figures)
    return VolumeSubsidy(scheme.id, paid, used, (step,))


def is_volume(values: object) -> bool:
    """Whether a file is meant to hold subsidies on volume: a map that states a kind and no steps, or a list of such."""
    entries = values if isinstance(values, list) else [values]
    return any(
        isinstance(entry, Mapping) and "kind" in entry and not {"steps", "loss_base"} & set(entry)
        for entry in entries
    )


def load_volume_schemes(path: Path) -> tuple[VolumeScheme, ...]:
    """All subsidies on volume of a file, one map or a list of them. Refused with all faults of all of them."""
    return volume_schemes(read_file(path))


def volume_schemes(written: Written) -> tuple[VolumeScheme, ...]:
    """The subsidies of a file that was read."""
    listed = isinstance(written.values, list)
    entries = written.values if isinstance(written.values, list) else [written.values]
    problems: list[Problem] = []
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        found = list(_problems_of(entry, seen))
        if isinstance(entry, Mapping):
            seen.add(str(entry.get("id")))
        for problem in found:
            place = f"[{index}].{problem.where}".removesuffix(".文件") if listed else problem.where
            problems.append(Problem(place, problem.found, problem.wanted, problem.code, problem.level))
    if problems:
        refuse_if_any(with_lines(problems, written, {}))
    return tuple(_scheme_of(entry) for entry in entries)


def _problems_of(entry: object, seen: set[str]) -> list[Problem]:
    if not isinstance(entry, Mapping):
        return [Problem("文件", "内容不是映射", "写 id、kind、formula 等键", "not_a_map")]
    problems = shape_problems(entry, volume_shape)
    if str(entry.get("id")) in seen:
        problems.append(Problem("id", f"“{entry.get('id')}”重复", "每项用不同的编号", "duplicate"))
    problems += _meaning(entry)
    return problems


def _meaning(entry: Document) -> list[Problem]:
    problems: list[Problem] = []
    leaves = leaves_of(entry.get("formula"))
    if leaves > MOST_LEAVES:
        return [too_long("formula", leaves)]
    for key in ("doc_date", "valid_from", "valid_to"):
        written = entry.get(key)
        if isinstance(written, str) and len(written) == len("2011-10-13") and full_date(written) is None:
            problems.append(Problem(key, f"“{written}”不是真实的日期", "请写成 'YYYY-MM-DD'", "date"))
    start = full_date(entry.get("valid_from")) or full_date(entry.get("doc_date"))
    end = full_date(entry.get("valid_to"))
    if start and end and end < start:
        problems.append(
            Problem("valid_to", f"{end} 早于开始日 {start}", "最后一天不早于第一天", "date_order")
        )
    ids: set[str] = set()
    examples = entry.get("examples")
    for index, example in enumerate(examples if isinstance(examples, list) else ()):
        name = str(example.get("id")) if isinstance(example, Mapping) else ""
        if name and name in ids:
            problems.append(
                Problem(f"examples[{index}].id", f"“{name}”重复", "每项用不同的编号", "duplicate")
            )
        ids.add(name)
    return problems


def volume_scheme_of(document: Document) -> VolumeScheme:
    """The measure as it stands in its stored text, checked again."""
    problems = _problems_of(document, set())
    refuse_if_any(problems)
    return _scheme_of(document)


def _scheme_of(document: Any) -> VolumeScheme:
    sources = document.get("sources")
    return VolumeScheme(
        id=document["id"],
        name=str(document.get("name", document["id"])),
        issuer=str(document.get("issuer", "")),
        currency=document.get("currency", "CNY"),
        formula=parse_expression(document["formula"], "formula"),
        valid_from=full_date(document.get("valid_from")) or full_date(document.get("doc_date")),
        valid_to=full_date(document.get("valid_to")),
        marks=tuple(
            f"{source.get('status', '')} {source.get('url', '')}".strip()
            for source in (sources if isinstance(sources, list) else ())
            if isinstance(source, Mapping)
        ),
        note=str(document.get("note") or ""),
        regions=tuple(document.get("regions") or ()),
        document=canonical(document),
    )


def run_volume_examples(scheme: VolumeScheme, document: Document) -> list[ExampleResult]:
    """Every example of one measure, in the order of the file; a calculation that is refused is a failing example."""
    results = []
    examples = document.get("examples")
    for example in examples if isinstance(examples, list) else ():
        expected = example["expect"]["paid"]
        try:
            found = yuan_text(volume_subsidy(scheme, example.get("metrics") or {}).paid_fen)
        except Refused as refusal:
            found = "不能计算：" + "；".join(str(problem) for problem in refusal.problems)
        differences = () if found == expected else (Difference("paid", expected, found),)
        results.append(ExampleResult(example["id"], str(example.get("title") or ""), differences))
    return results
