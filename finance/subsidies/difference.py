"""What changes between two versions of a subsidy policy, by meaning: each sentence beside the one of the same key. Pure."""

from __future__ import annotations

from finance.subsidies.aloud import Told, read_aloud
from finance.subsidies.terms import Policy
from kernel.versions import ABSENT, Change

LABELS = {
    "effective": "起止日", "picked_by": "版本依据", "region": "地区", "issuer": "发文单位", "legal_status": "法律状态",
    "superseded_by": "被取代", "condition": "条件", "payee": "付给谁", "computable": "能否计算", "base": "计算基数",
    "most_when": "本金上限的条件", "factor": "系数", "prorate": "期限折算", "bound": "不得超过", "cap": "单笔上限",
    "count": "笔数", "discretion": "裁量", "once_per": "只补一次", "exclusive": "择一", "limit": "限额", "budget": "资金",
    "funding": "分担", "window": "申报时间", "material": "材料", "recovery": "追回",
}  # fmt: skip


def differences(old: Policy, new: Policy) -> list[Change]:
    """Every difference in the order of the newer version; what only the older one says comes last in its part."""
    before, after = _by_key(old), _by_key(new)
    changes = [
        Change(
            part, told.place, label_of(key), _words(before[key][1]) if key in before else ABSENT, _words(told)
        )
        for key, (part, told) in after.items()
        if key not in before or _words(before[key][1]) != _words(told)
    ]
    changes += [
        Change(part, told.place, label_of(key), _words(told), ABSENT)
        for key, (part, told) in before.items()
        if key not in after
    ]
    return changes


def _by_key(policy: Policy) -> dict[str, tuple[str, Told]]:
    return {told.key: (section.title, told) for section in read_aloud(policy) for told in section.lines}


def _words(told: Told) -> str:
    guessed = "（设定，无出处）" if told.assumed else ""
    return f"{told.text}{guessed}"


def label_of(key: str) -> str:
    """What a sentence is about.

    >>> label_of("interest.condition.on_time"), label_of("limit.year"), label_of("interest.factor")
    ('条件 on_time', '限额 year', '系数')
    """
    parts = key.split(".")
    place = next((place for place, part in enumerate(parts) if part in LABELS), 0)
    return " ".join([LABELS.get(parts[place], parts[place]), *parts[place + 1 :]])
