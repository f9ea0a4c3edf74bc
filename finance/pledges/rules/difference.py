"""What differs between two statements of a file, field by field in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kernel.money import yuan_text

from .identifiers import right_key
from .stated import AMOUNTS, CONTRACT_DAYS, DAY_WORDS, Contents

LABELS = {
    **CONTRACT_DAYS, **DAY_WORDS, **AMOUNTS, "terms": "合同已载明的条款", "principal_contract": "主合同编号",
    "pledge_contract": "质押合同编号", "debt_kind": "债权种类", "scope": "担保范围", "debtor": "债务人", "agent": "代理人",
    "appraiser": "评估机构", "forfeiture_clause": "流质约定", "independence_clause": "担保独立约定",
    "breaks_law": "违反强制规定", "agent_used": "委托代理", "foreign_party": "外国当事人", "foreign_papers": "外文材料",
    "valued": "已评估", "licensed_before": "此前已许可", "both_apply": "双方共同申请", "name": "名称", "address": "地址",
    "phone": "联系电话", "contact": "联系人", "subtype": "类型", "status": "法律状态", "owners": "权利人", "title": "名称",
    "extent": "出质的权利", "fees_paid_through": "年费已缴至第几年度", "suspended": "中止", "preserved": "保全",
    "under_invalidation": "无效宣告", "same_day_invention": "同日申请", "disputed": "权属纠纷", "published": "已经发表",
    "renewal_filed": "已申请续展", "pledged_elsewhere": "已有质押", "agreement_lets_each": "共有人另有约定",
    "mark": "商标文字和类别", "users": "使用人名册", "well_known": "驰名商标",
}  # fmt: skip
CODES = ("subtype", "status")
"""Fields whose value is a code of the rule book and not a word."""
PARTIES = {"pledgor": "出质人", "pledgee": "质权人"}


def difference(before: Contents, after: Contents) -> Iterator[tuple[str, str]]:
    """(where, what changed) of everything that another statement says otherwise."""
    yield from _fields("合同", before["contract"], after["contract"])
    yield from _fields("申请", before["filing"], after["filing"])
    for side, name in PARTIES.items():
        yield from _fields(name, *(one.get("parties", {}).get(side, {}) for one in (before, after)))
    was, now = ({right_key(right["number"]): right for right in one["rights"]} for one in (before, after))
    for key in [*was, *(key for key in now if key not in was)]:
        if key not in now:
            yield "权利", f"撤下 {was[key]['number']}"
        elif key not in was:
            yield "权利", f"增加 {now[key]['number']}"
        else:
            yield from _fields(f"权利 {now[key]['number']}", was[key], now[key])
    if any(before.get(name) != after.get(name) for name in ("owner_marks", "left_out")):
        yield "相同近似商标", "已改动"


def _fields(where: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if was != now and name != "number":
            label = LABELS.get(name, "其他栏目")
            if name not in CODES and _plain(was) and _plain(now):
                yield where, f"{label}“{_word(name, was)}”改为“{_word(name, now)}”"
            else:
                yield where, f"{label}已改动"


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int)


def _word(name: str, value: Any) -> str:
    if value is None:
        return "未填"
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{yuan_text(value, grouped=True)} 元" if name.endswith("_fen") else str(value)
