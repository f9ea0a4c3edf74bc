"""A scorecard read aloud: each indicator with its bins, points and absences, gates, calibration, line and value. Pure.

Every line keeps its place in the file and the evidence mark of what it says; `key` stays the same between two versions of a
card, so that they can be laid beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.conditions import Condition
from valuation.shape import DESCRIBING, LETTERS
from valuation.terms import (
    BLOCKS,
    FULL,
    TECHNOLOGIES,
    Effects,
    Group,
    Indicator,
    Scale,
    Scorecard,
    points_text,
)

Plain = Mapping[str, Any]
BLOCK_WORDS = {"K": "知识价值", "B": "经营信用"}
FLAG_WORDS = {True: "并计入缺失", False: "并注明"}
OPS = {"==": "为", "!=": "不为", "<": "低于", "<=": "不高于", ">": "高于", ">=": "不低于"}
OF_WORDS = {"firm": "企业", "right": "每件标的", "result": "评分结果"}
RESULT_WORDS = {"result.missing_k": "知识价值块未查询的分值", "result.missing_b": "经营信用块未查询的分值"}


@dataclass(frozen=True)
class Told:
    """One sentence of a card: its key, its words, its place in the file, its evidence mark, what it refers to."""

    key: str
    text: str
    place: str = ""
    mark: str = ""
    ref: str = ""


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    title: str
    lines: tuple[Told, ...]


def read_aloud(card: Scorecard) -> list[Section]:
    """The whole card in sentences, in the order in which a score is worked out."""
    sections = (
        ("适用", _standing(card)),
        ("阶段与数据太少", _stages(card)),
        ("门槛：先于计分，分数补不回来", _gates(card)),
        *((_group_title(group), _group(card, group.id)) for group in card.groups),
        ("从分数到违约概率和等级", _calibration(card)),
        ("额度（万元）", _line(card)),
        ("内部参考价值（不是评估价值）", _value(card)),
        ("不计分的属性", _excluded(card)),
    )  # fmt: skip
    return [Section(title, lines) for title, told in sections if (lines := tuple(told))]


def _block(block: str) -> str:
    return BLOCK_WORDS.get(block, block)


def _group_title(group: Group) -> str:
    return f"{_block(group.block)} · {group.name}（{points_text(group.most)} 分）"


def _standing(card: Scorecard) -> Iterator[Told]:
    last = f"至 {card.last}" if card.last else "起，没有写明截止日"
    yield Told("effective", f"{card.first} {last}", "effective")
    yield Told("evidence", card.evidence, "evidence")
    yield Told("reasons_shown", f"失分理由说前 {card.reasons_shown} 条", "reasons_shown")


def _stages(card: Scorecard) -> Iterator[Told]:
    by = card.indicators[card.stage_by].name
    for place, stage in enumerate(card.stages):
        weights = "，".join(f"{_block(block)} {stage.weights[block]}%" for block in BLOCKS)
        yield Told(
            f"stage.{stage.id}",
            f"{stage.name}（{by} {stage.band}）：{weights}",
            f"stages.weights[{place}]",
            stage.mark,
        )
    most = "、".join(f"{_block(block)}超过 {points_text(card.thin_missing[block])} 分" for block in BLOCKS)
    needs = "、".join(card.indicators[one].name for one in card.thin_needs)
    yield Told("thin", f"不出分：未查询的分值{most}，或缺 {needs}", "thin", card.document["thin"]["mark"])


# --- gates ---


def condition_words(card: Scorecard, condition: Condition) -> str:
    """What a condition compares, in the card's own names."""
    fact = card.facts.get(condition.metric)
    name = fact.name if fact else RESULT_WORDS.get(condition.metric, condition.metric)
    return f"{name}{OPS[condition.op]} {condition.value}"


def effect_words(effects: Effects) -> str:
    """What a gate does.

    >>> effect_words(Effects(cap="C", provisional=True)), effect_words(Effects(reject=True))
    ('等级不高于 C、结果为暂定', '不出额度，转人工')
    """
    told = []
    if effects.reject:
        told.append("不出额度，转人工")
    if effects.value is not None:
        told.append(f"该件价值乘 {float(effects.value):g}" if effects.value else "该件不计价值")
    if effects.exclude:
        told.append("该件不计入数量")
    if effects.cap:
        over = f"（命中超过标的的 {float(effects.cap_over):.0%}）" if effects.cap_over is not None else ""
        told.append(f"等级不高于 {effects.cap}{over}")
    if effects.provisional:
        told.append("结果为暂定")
    return "、".join(told)


def _gates(card: Scorecard) -> Iterator[Told]:
    for place, gate in enumerate(card.gates):
        tests = "，或".join(condition_words(card, one) for one in gate.conditions)
        text = (
            f"{gate.rule}（{OF_WORDS[gate.of]}：{tests}）→ {effect_words(gate.effects)}；理由：{gate.reason}"
        )
        yield Told(f"gate.{gate.id}", text, f"gates[{place}]", gate.mark, gate.ref)
    unknown = f"门槛所需事实未查询：{effect_words(card.unknown)}"
    yield Told("gate.unknown", unknown, "gates_unknown", card.document["gates_unknown"]["mark"])


# --- indicators ---


def _group(card: Scorecard, group: str) -> Iterator[Told]:
    places = {one["id"]: place for place, one in enumerate(card.document["indicators"])}
    for one in card.indicators.values():
        if one.group == group:
            yield from _indicator(card, one, f"indicators[{places[one.id]}]")


def _indicator(card: Scorecard, one: Indicator, place: str) -> Iterator[Told]:
    titles = "；".join(f"{tag} {card.references[tag][0]}" for tag in one.ref)
    taken = f"取自 {one.source}，{one.max_age_days} 天内有效"
    head = f"{one.name}：满分 {points_text(one.most)} 分，单位 {one.scale.unit}；{taken}"
    yield Told(f"{one.id}.head", head, place, one.bins_mark, titles)
    yield Told(
        f"{one.id}.reason",
        f"失分理由：{one.reason}" + (f"；怎么做：{one.improve}" if one.improve else ""),
        f"{place}.reason",
    )
    yield from _scale(one.scale, one.id, place, one.points_mark)
    flag = FLAG_WORDS[one.incomplete]
    yield Told(
        f"{one.id}.missing",
        f"未查询：{points_text(one.missing)} 分，{flag}",
        f"{place}.missing",
        one.points_mark,
    )
    if one.not_applicable:
        yield Told(
            f"{one.id}.not_applicable",
            f"不适用：{one.not_applicable}；分值在本组内重新分摊",
            f"{place}.not_applicable",
        )
    if one.alternative:
        condition, other = one.alternative
        when = f"{condition_words(card, condition)} 时改用 {other.name}（{other.unit}）"
        yield Told(f"{one.id}.alternative", when, f"{place}.alternative")
        yield from _scale(other, f"{one.id}.{other.id}", f"{place}.alternative", one.points_mark)


def _scale(scale: Scale, key: str, place: str, mark: str) -> Iterator[Told]:
    for number, one in enumerate(scale.bins):
        own = f"（理由：{one.reason}）" if one.reason else ""
        yield Told(f"{key}.bin.{number}", f"{one}：{points_text(one.points)} 分{own}", f"{place}.bins", mark)
    for word, points in scale.words.items():
        yield Told(f"{key}.word.{word}", f"{word}：{points_text(points)} 分", f"{place}.categories", mark)
    own = f"（理由：{scale.none.reason}）" if scale.none.reason else ""
    yield Told(
        f"{key}.none",
        f"查无：{points_text(scale.none.points)} 分{own}",
        f"{place}.none" if scale.words else f"{place}.bins",
        mark,
    )


# --- after the points ---


def _calibration(card: Scorecard) -> Iterator[Told]:
    one = card.calibration
    text = (
        f"综合分 {one.anchor_score} 分时违约率为 {one.anchor_pd}；每高 {one.pdo} 分，好坏比翻一番；"
        f"下限 {one.floor}，上限 {one.cap}"
    )
    yield Told("calibration", text, "calibration", one.mark)
    if card.band:
        text = f"违约概率的区间：抵 {card.band.firm_years} 户年的观察，置信水平 {card.band.level}"
        yield Told("band", text, "statistical_band", card.document["statistical_band"]["mark"])
    for place, grade in enumerate(card.grades):
        start = "满分也达不到" if grade.score_from > FULL else f"综合分 {points_text(grade.score_from)} 起"
        text = f"{grade.id}（{grade.letter}）：中值 {grade.pd_mid}，{start}"
        yield Told(f"grade.{grade.id}", text, f"master_scale[{place}]", card.document["master_scale_mark"])


def _line(card: Scorecard) -> Iterator[Told]:
    line = card.document["credit_line"]
    tables = (
        ("cap_with_compensation", "等级上限（足额补偿时）"), ("cap_without", "等级上限（没有补偿时）"),
        ("unsecured_share", "信用部分占上限的比例"), ("unsecured_share_when_full", "足额补偿时信用部分占上限的比例"),
        ("revenue_multiple", "近12个月销售收入的倍数"),
    )  # fmt: skip
    for name, words in tables:
        yield _by_letter(f"line.{name}", words, line[name], f"credit_line.{name}")
    singles = (
        ("full_compensation_share", "足额补偿的比例", ""),
        ("internal_valuation_ceiling", "超过此数须有评估报告", "ceiling_mark"),
        ("expected_loss_budget", "预期损失预算，超过转人工", "expected_loss_mark"), ("round_to", "舍到", ""),
    )  # fmt: skip
    for name, words, mark in singles:
        ref = line["ceiling_ref"] if name == "internal_valuation_ceiling" else ""
        yield Told(
            f"line.{name}", f"{words}：{line[name]}", f"credit_line.{name}", line[mark] if mark else "", ref
        )
    lgd = line["lgd"]
    yield Told(
        "line.lgd",
        f"违约损失率：无担保 {lgd['unsecured']}，下限 {lgd['least']}",
        "credit_line.lgd",
        lgd["mark"],
        lgd.get("ref", ""),
    )


def _by_letter(key: str, words: str, table: Plain, place: str) -> Told:
    figures = "，".join(f"{letter} {table[letter]}" for letter in LETTERS)
    return Told(key, f"{words}：{figures}", place, table["mark"], table.get("ref") or "")


def _by_technology(table: Mapping[str, Any], unit: str = "") -> str:
    return "，".join(
        f"{TECHNOLOGIES.get(name, name)}：{figure}{unit}"
        for name, figure in table.items()
        if name not in DESCRIBING
    )


def _value(card: Scorecard) -> Iterator[Told]:
    value = card.document["indicative_value"]
    at = "indicative_value"
    yield Told(
        "value.royalty",
        f"许可费率（上下各 {value['royalty_step']}）：{_by_technology(value['royalty_rate'])}",
        f"{at}.royalty_rate",
        value["royalty_rate"]["mark"],
    )
    yield _by_letter(
        "value.discount",
        f"折现率（上下各 {value['discount_step']}）",
        value["discount_rate"],
        f"{at}.discount_rate",
    )
    life = _by_technology(value["tech_life_years"], " 年")
    yield Told(
        "value.life",
        f"技术寿命：{life}；至多 {value['most_years']} 年",
        f"{at}.tech_life_years",
        value["tech_life_years"]["mark"],
    )
    yield Told(
        "value.growth",
        f"收入增长至多 {value['most_growth_percent']}%，每年衰减 {value['obsolescence']}，税率 {value['tax_rate']}",
        at,
    )
    quality = value["quality"]
    group = next(one.name for one in card.groups if one.id == quality["group"])
    yield Told(
        "value.quality",
        f"质量系数：{quality['base']} + {quality['slope']} × {group}得分比例",
        f"{at}.quality",
        quality["mark"],
    )
    weights = "、".join(map(str, value["same_product_weights"]))
    yield Told("value.weights", f"同一产品上各件的权重：{weights}", f"{at}.same_product_weights")
    for place, kind in enumerate(value["kinds"]):
        rate = f"质押率 {kind['pledge_rate']}（上限 {kind['pledge_rate_ceiling']}）"
        text = f"{kind['name_zh']}：{rate}，处置回收 {kind['disposal_recovery']}"
        yield Told(f"value.kind.{kind['id']}", text, f"{at}.kinds[{place}]", kind["mark"])
    drawn = value["simulation"]
    text = (
        f"区间：模拟 {drawn['draws']} 次（种子 {drawn['seed']}），取 {drawn['low']} 与 {drawn['high']} 分位"
    )
    yield Told("value.simulation", text, f"{at}.simulation", drawn["mark"])


def _excluded(card: Scorecard) -> Iterator[Told]:
    for place, (name, why) in enumerate(card.excluded.items()):
        yield Told(f"excluded.{name}", f"{name}：{why}", f"excluded_attributes[{place}]")
