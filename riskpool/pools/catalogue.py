"""The catalogue of metrics as data (policies/metrics/sources.yaml): what each is called, and how its value is obtained.

Pure: text in, frozen values or Refused out. A metric that the catalogue does not name (a scheme may bring new ones) is
stated by a person, by the rule of its scope, so that a scheme nobody has seen can still be used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.expressions import is_metric
from riskpool.pools.procedure import MARKS

UNITS = {"yuan": "元", "rate": "比率", "yes_no": "是否", "class": "类别", "months": "月", "days": "日"}
OBTAINED = ("computed", "stated", "computed_or_stated")
SUBJECTS = ("pool", "agreement", "borrower", "loan")
STATERS = ("bank", "bureau")
PERIODS = ("standing", "prev_year", "this_year")


@dataclass(frozen=True)
class Entry:
    """One metric: its Chinese title, unit, how it is obtained, by which source with which settings, or stated by whom."""

    name: str
    title: str
    unit: str
    obtained: str
    source: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    stated_by: tuple[str, ...] = ()
    period: str = "standing"
    optional: bool = False
    reason: str = ""
    article: str = ""
    status: str = "assumed"
    listed: bool = True

    @property
    def is_computed(self) -> bool:
        return self.obtained != "stated"

    @property
    def is_stated(self) -> bool:
        return self.obtained != "computed"


@dataclass(frozen=True)
class Catalogue:
    """All metrics by name, and the rule for those that are not listed."""

    entries: Mapping[str, Entry]
    scopes: Mapping[str, Entry]

    def entry(self, name: str) -> Entry:
        """The metric's entry; one that is not listed is stated by the rule of its scope, or by the bureau about the pool."""
        if name in self.entries:
            return self.entries[name]
        scope = self.scopes.get(name.partition(".")[0])
        return Entry(
            name=name, title=name, unit="class", obtained="stated", listed=False,
            subject=scope.subject if scope else "pool",
            stated_by=scope.stated_by if scope else ("bureau",),
            article="方案自带的指标，目录未列", status="assumed",
        )  # fmt: skip


_KEYS = {
    "name", "title", "unit", "obtained", "source", "settings", "subject", "stated_by", "period", "optional", "reason",
    "article", "status",
}  # fmt: skip


def read_catalogue(text: str) -> Catalogue:
    """The catalogue written in `text`; Refused with every fault and its place.

    >>> read_catalogue("metrics: [{name: a.b, title: 甲, unit: yuan, obtained: guessed, article: 无, status: SEEN}]")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: metrics[0].obtained：“guessed”。可用：computed、stated、computed_or_stated
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise Refused(Problem("文件", "不是有效的 YAML", f"请检查：{fault}", "yaml")) from fault
    if not isinstance(document, Mapping) or not isinstance(document.get("metrics"), list):
        raise Refused(Problem("文件", "没有 metrics 列表", "请按文件开头的写法填写", "catalogue"))
    problems: list[Problem] = []
    entries: dict[str, Entry] = {}
    for index, written in enumerate(document["metrics"]):
        where = f"metrics[{index}]"
        faults = list(_faults(written, where))
        if not faults and written["name"] in entries:
            faults = [Problem(f"{where}.name", f"“{written['name']}”写了两次", "每个指标写一次", "twice")]
        problems += faults
        if not faults:
            told = {key: written[key] for key in written if key != "stated_by"}
            entries[written["name"]] = Entry(**told, stated_by=tuple(written.get("stated_by", ())))
    scopes: dict[str, Entry] = {}
    for name, written in (document.get("scopes") or {}).items():
        faults = list(_stating_faults(written, f"scopes.{name}"))
        problems += faults
        if not faults:
            stated_by = tuple(written["stated_by"])
            scopes[name] = Entry(
                name, name, "class", "stated", subject=written["subject"], stated_by=stated_by
            )
    refuse_if_any(problems)
    return Catalogue(entries, scopes)


def _faults(written: Any, where: str) -> list[Problem]:
    if not isinstance(written, Mapping):
        return [Problem(where, "不是映射", "请按文件开头的写法填写", "catalogue")]
    problems = [
        Problem(f"{where}.{key}", "没有这个项目", "可用：" + "、".join(sorted(_KEYS)), "unknown_key")
        for key in written
        if key not in _KEYS
    ]
    for key in ("name", "title", "unit", "obtained", "article", "status"):
        if not isinstance(written.get(key), str) or not written[key].strip():
            problems.append(Problem(f"{where}.{key}", "缺少或不是文字", "请填写文字", "required"))
    choices = {"unit": tuple(UNITS), "obtained": OBTAINED, "status": MARKS, "period": PERIODS}
    for key, allowed in choices.items():
        if isinstance(written.get(key), str) and written[key] not in allowed:
            problems.append(
                Problem(f"{where}.{key}", f"“{written[key]}”", "可用：" + "、".join(allowed), "choice")
            )
    if isinstance(written.get("name"), str) and not is_metric(written["name"]):
        problems.append(Problem(f"{where}.name", f"“{written['name']}”", "写成 scope.name", "metric_name"))
    if str(written.get("obtained", "")).startswith("computed") and not written.get("source"):
        problems.append(Problem(f"{where}.source", "缺少", "写明计算方法的名称", "required"))
    if str(written.get("obtained", "")).endswith("stated"):
        problems += _stating_faults(written, where)
    if written.get("optional") and not written.get("reason"):
        problems.append(Problem(f"{where}.reason", "缺少", "可以没有的指标须写明依据", "required"))
    return problems


def _stating_faults(written: Any, where: str) -> list[Problem]:
    if not isinstance(written, Mapping):
        return [Problem(where, "不是映射", "请写明 subject、stated_by", "catalogue")]
    problems = []
    if written.get("subject") not in SUBJECTS:
        problems.append(
            Problem(
                f"{where}.subject",
                f"“{written.get('subject', '')}”",
                "可用：" + "、".join(SUBJECTS),
                "choice",
            )
        )
    stated_by = written.get("stated_by")
    if not isinstance(stated_by, list) or not stated_by or not set(stated_by) <= set(STATERS):
        problems.append(
            Problem(f"{where}.stated_by", "没有写明由谁陈述", "可用：" + "、".join(STATERS), "choice")
        )
    return problems
