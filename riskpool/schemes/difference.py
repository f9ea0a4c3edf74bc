"""What changes between two versions of a scheme, by meaning: one line a change, old beside new, with its place in the file.

Both schemes are laid out as facets (a key that stays the same between versions, a place, a label, words); what is written
differently but means the same ('0.40' and '0.4', a default spelled out) is no change. Caps, lines and parties are matched by
their id, transfers by who passes what on, rows by their condition, so that an inserted step moves nothing else. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kernel.versions import ABSENT, Change
from riskpool.schemes import aloud
from riskpool.schemes.terms import Adjust, Cap, Scheme, Step, Transfer
from riskpool.schemes.words import ACTION_IN_CHINESE, fact_in_chinese, in_chinese


@dataclass(frozen=True)
class Facet:
    """One thing that a scheme says: the same `key` in two versions is the same thing."""

    key: str
    path: str
    label: str
    words: str


_DAYS = "版本与日期"
PARTS = {
    "id": _DAYS, "name": _DAYS, "valid_from": _DAYS, "valid_to": _DAYS, "supersedes": _DAYS, "doc_no": _DAYS,
    "currency": _DAYS, "level": "损失口径", "lender": "参与方", "parties": "参与方", "loss_base": "损失口径",
    "stop_loss": "止损线", "steps": "分担步骤", "payment": "支付", "recovery": "追偿", "rounding": "取整",
    "sources": "出处", "assumed": "出处",
}  # fmt: skip


def differences(old: Scheme, new: Scheme) -> list[Change]:
    """Every change from one version to the next, in the order of the new one; what is gone stands where it stood.

    A party that is only called otherwise is one change: both versions are told with the later names.
    """
    later = {party.code: party for party in new.parties}
    renamed = replace(old, parties=tuple(later.get(party.code, party) for party in old.parties))
    before = {facet.key: facet for facet in facets(renamed)} | {facet.key: facet for facet in _parties(old)}
    after = {facet.key: facet for facet in facets(new)}
    changes = []
    for key in _together(list(before), list(after)):
        was, now = before.get(key), after.get(key)
        if was and now and was.words == now.words:
            continue
        shown = now or was
        assert shown is not None
        changes.append(
            Change(
                PARTS[shown.key.partition(".")[0].partition("[")[0]],
                shown.path,
                shown.label,
                was.words if was else ABSENT,
                now.words if now else ABSENT,
            )
        )
    return [*changes, *_orders(old, new)]


def facets(scheme: Scheme) -> list[Facet]:
    """All that a scheme says, in the order of the file."""
    return [
        *_head(scheme),
        *_parties(scheme),
        *_base(scheme),
        *_stop_loss(scheme),
        *_steps(scheme),
        *_tail(scheme),
    ]


def _head(scheme: Scheme) -> Iterator[Facet]:
    words = (
        ("id", "版本", scheme.id),
        ("name", "名称", in_chinese(scheme.name)),
        ("doc_no", "文号", in_chinese(scheme.doc_no) or ABSENT),
        ("valid_from", "首日", str(scheme.valid_from or "未写明")),
        ("valid_to", "末日", str(scheme.valid_to or "长期")),
        ("supersedes", "取代", scheme.supersedes or ABSENT),
        ("currency", "币种", scheme.currency),
        ("level", "计算层级", aloud.LEVEL[scheme.level]),
        ("lender", "放贷方", aloud.party_words(scheme, scheme.lender)),
    )
    return (Facet(key, key, label, text) for key, label, text in words)


def _parties(scheme: Scheme) -> Iterator[Facet]:
    for index, party in enumerate(scheme.parties):
        key = f"parties[{party.code}]"
        yield Facet(key, f"parties[{index}]", f"参与方 {party.code}", in_chinese(party.role) or party.code)


def _base(scheme: Scheme) -> Iterator[Facet]:
    base = scheme.loss_base
    where = "loss_base"
    yield Facet(f"{where}.include", f"{where}.include", "列入分担的损失", aloud.component_words(base.include))
    if base.coverage:
        least = base.coverage.minimum
        for key, label, words in (
            ("metric", "覆盖比例", fact_in_chinese(base.coverage.metric)),
            ("min", "最低覆盖比例", aloud.share_words(least) if least is not None else ABSENT),
            ("if_missing", "缺少覆盖比例时", aloud.MISSING[base.coverage.if_missing]),
        ):
            yield Facet(f"{where}.coverage.{key}", f"{where}.coverage.{key}", label, words)
    for index, cap in enumerate(base.eligible_caps):
        path = f"{where}.eligible_caps[{index}]"
        yield Facet(
            f"{where}.eligible_caps[{cap.id}]", path, f"合格金额上限 {cap.id}", aloud.eligible_words(cap)
        )


def _stop_loss(scheme: Scheme) -> Iterator[Facet]:
    for index, line in enumerate(scheme.stop_loss):
        for key, label, words in (
            ("value", "触发条件", aloud.condition_words(line.condition)),
            ("action", "触发后", ACTION_IN_CHINESE[line.action]),
            ("affects", "受影响的参与方", aloud.parties_words(scheme, line.affects) or ABSENT),
        ):
            path = f"stop_loss[{index}].{key}"
            yield Facet(f"stop_loss[{line.id}].{key}", path, f"止损线 {line.id}：{label}", words)


def _steps(scheme: Scheme) -> Iterator[Facet]:
    for index, (key, step) in enumerate(keyed_steps(scheme)):
        title = f"第{index + 1}步 {_title(step, scheme)}"
        for inner, path, label, words in _of_step(step, scheme):
            yield Facet(f"steps[{key}].{inner}", f"steps[{index}].{path}", f"{title}：{label}", words)


def keyed_steps(scheme: Scheme) -> list[tuple[str, Step]]:
    """Steps with the key by which they are found again in another version."""
    counts: dict[str, int] = {}
    keyed = []
    for step in scheme.steps:
        key = _step_key(step)
        counts[key] = counts.get(key, 0) + 1
        keyed.append((f"{key}#{counts[key]}", step))
    return keyed


def _step_key(step: Step) -> str:
    if isinstance(step, Transfer):
        return f"transfer:{step.payer_of_claim}:{step.basis_party or 'loss'}"
    return f"{'cap' if isinstance(step, Cap) else 'adjust'}:{step.id}"


def _title(step: Step, scheme: Scheme) -> str:
    if isinstance(step, Transfer):
        return f"由{aloud.party_words(scheme, step.payer_of_claim)}转出"
    return f"上限 {step.id}" if isinstance(step, Cap) else f"调整 {step.id}"


def _of_step(step: Step, scheme: Scheme) -> Iterator[tuple[str, str, str, str]]:
    """(key, path, label, words) of everything in a step."""
    yield "when", "when", "发生条件", aloud.when_words(step.when)
    if isinstance(step, Cap):
        yield "parties", "parties", "受限的参与方", aloud.parties_words(scheme, step.parties)
        yield "limit", "limit", "限额", aloud.amount_words(step.limit)
        yield "overflow_to", "overflow_to", "超出部分归", aloud.party_words(scheme, step.overflow_to)
    elif isinstance(step, Adjust):
        yield "party", "party", "移出方", aloud.party_words(scheme, step.party)
        yield "to", "to", "移入方", aloud.party_words(scheme, step.to)
        yield "amount", "amount", "金额", aloud.amount_words(step.amount)
    else:
        yield "of", "of", "以什么为基数", aloud.basis_words(step, scheme)
        yield from _of_transfer(step, scheme)


def _of_transfer(step: Transfer, scheme: Scheme) -> Iterator[tuple[str, str, str, str]]:
    if step.slice:
        yield "slice.attach", "slice.attach", "起点", aloud.slice_words(step.slice.attach, "零")
        yield "slice.detach", "slice.detach", "终点", aloud.slice_words(step.slice.detach, "无上限")
    tabled = step.tabled and (len(step.rows) > 1 or bool(step.rows[0].when))
    if tabled:
        picked = "第一个符合的行" if step.pick == "first" else "份额合计最大的符合行"
        yield "pick", "share_table.pick", "份额表取", picked
    seen: dict[str, int] = {}
    for index, row in enumerate(step.rows):
        place = f"share_table.rows[{index}].shares" if step.tabled else "shares"
        when = aloud.when_words(row.when)
        seen[when] = seen.get(when, 0) + 1
        if tabled and not row.shares:
            yield f"rows[{when}#{seen[when]}]", place, f"{when}的份额", "不转出"
        for code, share in row.shares.items():
            label = f"{aloud.party_words(scheme, code)}的份额" + (f"（{when}）" if row.when else "")
            key = f"rows[{when}#{seen[when]}].{code}"
            yield key, f"{place}.{code}", label, aloud.share_words(share)
    for index, uplift in enumerate(step.uplifts):
        when, who = aloud.when_words(uplift.when), aloud.party_words(scheme, uplift.party)
        seen[f"+{when}{who}"] = seen.get(f"+{when}{who}", 0) + 1
        key = f"uplifts[{uplift.party}:{when}#{seen[f'+{when}{who}']}]"
        yield key, f"uplifts[{index}].add", f"{who}加点（{when}）", aloud.share_words(uplift.add)


def _tail(scheme: Scheme) -> Iterator[Facet]:
    terms = scheme.recovery
    words = (
        ("payment.mode", "支付方式", "先存专户、终局结清" if scheme.escrow else "一次支付"),
        ("payment.settle", "结清办法", in_chinese(scheme.settle) or ABSENT),
        ("recovery.deduct_costs", "追偿费用", aloud.COSTS[terms.deduct_costs]),
        ("recovery.distribution", "返还办法", aloud.DISTRIBUTION[terms.distribution]),
        ("recovery.order", "返还次序", aloud.order_words(terms, scheme) or ABSENT),
        ("rounding.method", "取整", aloud.ROUNDING[scheme.rounding]),
    )
    yield from (Facet(key, key, label, text) for key, label, text in words)
    for index, source in enumerate(scheme.sources):
        told = f"{source.status}：{in_chinese(source.what)}"
        yield Facet(f"sources[{source.url}#{source.what}]", f"sources[{index}]", "出处", told)
    for index, text in enumerate(scheme.assumed):
        yield Facet(f"assumed[{text}]", f"assumed[{index}]", "设定", in_chinese(text))


Listed = tuple[str, str, Sequence[str], Sequence[str]]


def _orders(old: Scheme, new: Scheme) -> Iterator[Change]:
    """Lists whose order has meaning, when what stands in both versions stands in another order."""
    for path, label, was, now in _lists(old, new):
        kept_was, kept_now = (
            [key for key in one if key in set(other)] for one, other in ((was, now), (now, was))
        )
        if kept_was != kept_now:
            before, after = (" → ".join(_short(key) for key in keys) for keys in (kept_was, kept_now))
            yield Change(PARTS[path.partition(".")[0].partition("[")[0]], path, label, before, after)


def _lists(old: Scheme, new: Scheme) -> Iterator[Listed]:
    """Path, label, and the keys in both versions."""
    yield "parties", "参与方次序（余数相同时先补的在前）", old.codes, new.codes
    steps = [[key for key, _ in keyed_steps(each)] for each in (old, new)]
    yield "steps", "步骤次序", steps[0], steps[1]
    lines = [[line.id for line in each.stop_loss] for each in (old, new)]
    yield "stop_loss", "止损线次序", lines[0], lines[1]
    caps = [[cap.id for cap in each.loss_base.eligible_caps] for each in (old, new)]
    yield "loss_base.eligible_caps", "合格金额上限次序", caps[0], caps[1]
    earlier = dict(keyed_steps(old))
    for index, (key, step) in enumerate(keyed_steps(new)):
        was = earlier.get(key)
        if isinstance(step, Transfer) and isinstance(was, Transfer):
            rows = [[aloud.when_words(row.when) for row in each.rows] for each in (was, step)]
            yield f"steps[{index}].share_table.rows", f"第{index + 1}步份额表的行序", rows[0], rows[1]


def _short(key: str) -> str:
    """A step's key as a reader knows it: its id, or who passes on."""
    kind, colon, rest = key.partition(":")
    return (
        (f"{rest.partition(':')[0]} 转出" if kind == "transfer" else rest).partition("#")[0] if colon else key
    )


def _together(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Both lists of keys in the order of the later one; what is only in the earlier one follows its old neighbour."""
    keys = list(after)
    for index, key in enumerate(before):
        if key not in after:
            place = keys.index(before[index - 1]) + 1 if index else 0
            keys.insert(place, key)
    return keys
