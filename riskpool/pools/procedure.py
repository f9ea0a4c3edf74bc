"""A pool's rules of procedure as data: admission, returns, claims. Pure: text in, frozen values or Refused out.

The file format is told in policies/procedures/_model.yaml. Every fault of a file is told at once, with its place.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import yaml

from kernel.conditions import Condition, parse_conditions
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.expressions import exact_decimal
from riskpool.pools.custody import Custody, read_custody

MARKS = ("SEEN", "SEEN-COPY", "RECALLED", "assumed", "placeholder")


@dataclass(frozen=True)
class Figure:
    """A number with the article it rests on and how sure we are of it."""

    value: Fraction
    article: str
    status: str

    @property
    def whole(self) -> int:
        assert self.value.denominator == 1
        return self.value.numerator


@dataclass(frozen=True)
class Admission:
    """One condition of entering the pool, with what is told when it does not hold."""

    id: str
    condition: Condition
    reason: str
    article: str
    status: str


@dataclass(frozen=True)
class EvidenceKind:
    """A paper that a claim brings, whether it must, and whether it proves costs of third parties."""

    kind: str
    title: str
    required: bool
    proves_costs: bool = False


@dataclass(frozen=True)
class Procedure:
    """All of one file: where the pool works, whom it takes in, when returns are due, what a claim needs."""

    id: str
    title: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    districts: tuple[str, ...]
    returns_due_working_day: Figure
    admission: tuple[Admission, ...]
    waiting_days: Figure
    evidence: tuple[EvidenceKind, ...]
    decision_working_days: Figure
    warn_at: Figure
    answer_working_days: Figure | None = None
    payment_working_days: Figure | None = None
    penalty_times: Figure | None = None
    custody: Custody | None = None
    supersedes: str | None = None

    @property
    def family(self) -> str:
        return self.id.split("@")[0]


class _Reader:
    """Reads one document and collects every fault with its place."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def fault(self, where: str, found: str, wanted: str) -> None:
        self.problems.append(Problem(where, found, wanted, "procedure"))

    def text(self, holder: Mapping[str, Any], key: str, where: str) -> str:
        value = holder.get(key)
        if not isinstance(value, str) or not value.strip():
            self.fault(f"{where}{key}", "缺少或不是文字", "请填写文字（数字要加引号）")
            return ""
        return value

    def map(self, holder: Mapping[str, Any], key: str, where: str = "") -> Mapping[str, Any]:
        value = holder.get(key)
        if not isinstance(value, Mapping):
            self.fault(f"{where}{key}", "缺少或不是映射", "请按 _model.yaml 填写")
            return {}
        return value

    def list(self, holder: Mapping[str, Any], key: str, where: str = "") -> list[Any]:
        value = holder.get(key)
        if not isinstance(value, list) or not value:
            self.fault(f"{where}{key}", "缺少或不是列表", "请至少填写一项")
            return []
        return value

    def mark(self, holder: Mapping[str, Any], where: str) -> str:
        status = self.text(holder, "status", where)
        if status and status not in MARKS:
            self.fault(f"{where}status", f"没有“{status}”这种出处标记", "可用：" + "、".join(MARKS))
        return status

    def figure(self, holder: Mapping[str, Any], key: str, where: str, *, whole: bool = True) -> Figure:
        place = f"{where}{key}."
        written = self.map(holder, key, where)
        text = self.text(written, "value", place)
        value = exact_decimal(text) if text else None
        if text and (value is None or value < 0 or (whole and value.denominator != 1)):
            self.fault(f"{place}value", f"“{text}”", "请填写加引号的非负" + ("整数" if whole else "小数"))
            value = None
        return Figure(value or Fraction(0), self.text(written, "article", place), self.mark(written, place))

    def figure_if_there(
        self, holder: Mapping[str, Any], key: str, where: str, *, whole: bool = True
    ) -> Figure | None:
        return self.figure(holder, key, where, whole=whole) if key in holder else None

    def day(self, holder: Mapping[str, Any], key: str) -> dt.date | None:
        written = holder.get(key)
        if written is None:
            return None
        if isinstance(written, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", written):
            try:
                return dt.date.fromisoformat(written)
            except ValueError:
                pass
        self.fault(key, f"“{written}”不是日期", "请写成加引号的 YYYY-MM-DD")
        return None


def read_procedure(text: str) -> Procedure:
    """The procedure written in `text` (YAML); Refused with every fault and its place."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise Refused(Problem("文件", "不是有效的 YAML", f"请检查：{fault}", "yaml")) from fault
    if not isinstance(document, Mapping):
        raise Refused(Problem("文件", "不是映射", "请按 _model.yaml 填写", "procedure"))
    reader = _Reader()
    returns, claim, limits = (reader.map(document, key) for key in ("returns", "claim", "limits"))
    procedure = Procedure(
        id=reader.text(document, "id", ""),
        title=reader.text(document, "title", ""),
        valid_from=reader.day(document, "valid_from"),
        valid_to=reader.day(document, "valid_to"),
        districts=tuple(str(name) for name in reader.list(document, "districts")),
        returns_due_working_day=reader.figure(returns, "due_working_day", "returns."),
        admission=tuple(_admissions(document, reader)),
        waiting_days=reader.figure(claim, "waiting_days", "claim."),
        evidence=tuple(_evidence(claim, reader)),
        decision_working_days=reader.figure(claim, "decision_working_days", "claim."),
        warn_at=reader.figure(limits, "warn_at", "limits.", whole=False),
        custody=read_custody(document, reader),
        supersedes=reader.text(document, "supersedes", "") if "supersedes" in document else None,
        answer_working_days=reader.figure_if_there(claim, "answer_working_days", "claim."),
        payment_working_days=reader.figure_if_there(claim, "payment_working_days", "claim."),
        penalty_times=reader.figure_if_there(claim, "penalty_times", "claim.", whole=False),
    )
    if procedure.id and not re.fullmatch(r"[a-z0-9-]+@[0-9a-z-]+", procedure.id):
        reader.fault("id", f"“{procedure.id}”", "请写成 名称@版本，例如 cq-yuzhong-ip@2025")
    refuse_if_any(reader.problems)
    return procedure


def _admissions(document: Mapping[str, Any], reader: _Reader) -> list[Admission]:
    found = []
    for index, written in enumerate(reader.list(document, "admission")):
        where = f"admission[{index}]."
        if not isinstance(written, Mapping):
            reader.fault(where, "不是映射", "请写明 id、metric、op、value、reason、article、status")
            continue
        try:
            (condition,) = parse_conditions(
                [{key: written.get(key) for key in ("metric", "op", "value")}], where
            )
        except Refused as refused:
            reader.problems.extend(refused.problems)
            continue
        found.append(
            Admission(
                reader.text(written, "id", where),
                condition,
                reader.text(written, "reason", where),
                reader.text(written, "article", where),
                reader.mark(written, where),
            )
        )
    return found


def _evidence(claim: Mapping[str, Any], reader: _Reader) -> list[EvidenceKind]:
    found = []
    for index, written in enumerate(reader.list(claim, "evidence", "claim.")):
        where = f"claim.evidence[{index}]."
        if not isinstance(written, Mapping) or not isinstance(written.get("required"), bool):
            reader.fault(where, "不完整", "请写明 kind、title、required（true 或 false）")
            continue
        found.append(
            EvidenceKind(
                reader.text(written, "kind", where),
                reader.text(written, "title", where),
                written["required"],
                proves_costs=written.get("proves") == "costs",
            )
        )
    return found
