"""The shape of a scorecard file: one definition, from which `policies/scorecards/schema.json` is written.

JSON Schema, draft 2020-12; each `description` is what a person reads when the place is filled in wrongly. A number may
stand with or without quotes: `loading` keeps its digits as text, so that it is exact either way. What a shape cannot say
(bins that meet, points that add up, indicators that exist) is in `meaning`.
"""

from kernel.conditions import COMPARISONS
from kernel.shapes import JsonSchema, choice, list_of, map_of, ref, text
from valuation.terms import ABSENCES, BLOCKS, HIGHER, LOWER, MOST_DECIMALS

DESCRIBING = ("note", "mark", "ref")
MARKS = ("SEEN", "SEEN-COPY", "RECALLED", "assumed", "placeholder")
FLAGS = ("incomplete", "note")
LETTERS = ("A", "B", "C", "D", "E")
BY_INDICATOR, BY_USED_SCALE = "indicator", "used_scale"
SIMPLE_EFFECTS = ("reject", "exclude", "provisional")
FIGURE = rf"^-?(0|[1-9][0-9]{{0,11}})(\.[0-9]{{1,{MOST_DECIMALS}}})?$"
POINTS = r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?$"
PART = r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$"
COUNT = r"^(0|[1-9][0-9]{0,8})$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ID = r"^[a-z][a-z0-9_]*$"
FACT = r"^(firm|right|product)\.[a-z][a-z0-9_]*$"
CARD = r"^[a-z0-9][a-z0-9-]*@[0-9]{4}$"


def _or_null(shape: JsonSchema) -> JsonSchema:
    return shape | {"type": [str(shape["type"]), "null"]}


def _number(description: str, pattern: str) -> JsonSchema:
    return {"type": "string", "pattern": pattern, "description": description}


def _by_letter(name: str, figure: str) -> JsonSchema:
    letters: JsonSchema = {letter: ref(figure) for letter in LETTERS}
    return map_of(letters | _marked(), (*LETTERS, "mark"), f"{name}：A 至 E 各一个数，并写 mark")


def _by_technology(description: str, figure: str) -> JsonSchema:
    """A figure for each field of technology that a card names; `default` for every other."""
    return {
        "type": "object",
        "required": ["default", "mark"],
        "properties": _marked(),
        "additionalProperties": ref(figure),
        "description": description,
    }


def _marked() -> JsonSchema:
    return {"mark": ref("mark"), "note": ref("note"), "ref": ref("words")}


def definitions() -> JsonSchema:
    effect_map: JsonSchema = map_of(
        {
            "value": ref("part"),
            "cap": choice("等级上限", *LETTERS),
            "share_over": ref("part"),
        },
        (),
        "{value: 系数} 或 {cap: 等级, share_over: 占比}",
    )
    return {
        "id": text("编号：小写字母、数字和下划线，例如 fin_leverage", pattern=ID),
        "fact": text("事实名：firm、right 或 product 加一个点和小写词", pattern=FACT),
        "words": text("文字"),
        "words_or_null": _or_null(text("文字，没有则写 null")),
        "note": _or_null(text("说明")),
        "mark": choice("出处的可靠程度", *MARKS),
        "day": text("日期，写成 YYYY-MM-DD", pattern=DAY),
        "day_or_null": _or_null(text("日期，写成 YYYY-MM-DD；没有则写 null", pattern=DAY)),
        "figure": _number(f"数字，至多{MOST_DECIMALS}位小数", FIGURE),
        "figure_or_null": _or_null(_number(f"数字，至多{MOST_DECIMALS}位小数；不限则写 null", FIGURE)),
        "points": _number("分值：不为负，至多两位小数", POINTS),
        "part": _number("0 到 1 之间的数，例如 '0.25'", PART),
        "count": _number("整数", COUNT),
        "flag": {"type": "boolean", "description": "true 或 false，不加引号"},
        "block": choice("块", *BLOCKS),
        "allowed": map_of(
            {"from": ref("figure"), "to": ref("figure"), "whole": ref("flag")},
            ("from", "to"),
            "可填的范围：from、to，整数另写 whole: true",
        ),
        "bin": map_of(
            {
                "none": {"const": True, "description": "只能是 true：查无此项"},
                "from": ref("figure_or_null"),
                "to": ref("figure_or_null"),
                "points": ref("points"),
                "reason": ref("words"),
            },
            ("points",),
            "一档：from、to、points，或 none: true 和 points",
        ),
        "categories": {
            "type": "object",
            "minProperties": 2,
            "additionalProperties": ref("points"),
            "description": "类别: 分值 的映射，至少两类",
        },
        "condition": map_of(
            {
                "metric": text(
                    "事实名，或 result.missing_k、result.missing_b", pattern=r"^[a-z]+\.[a-z0-9_]+$"
                ),
                "op": choice("比较", *COMPARISONS),
                "value": text("比较的值"),
            },
            ("metric", "op", "value"),
            "条件：metric、op、value",
        ),
        "effect": {
            "if": {"type": "string"},
            "then": choice("后果", *SIMPLE_EFFECTS),
            "else": effect_map,
        },
        "effects": list_of(ref("effect"), "后果的列表", 1),
    }


def scale_parts() -> JsonSchema:
    """What stands on any scale, in the full form and in the short one."""
    return {
        "id": ref("id"),
        "name_zh": ref("words"),
        "unit": ref("words"),
        "allowed": ref("allowed"),
        "better": choice("哪一边好", HIGHER, LOWER),
        "peak": ref("figure"),
        "bins": list_of(ref("bin"), "各档的列表", 2),
    }


def _indicator() -> JsonSchema:
    scale = scale_parts()
    alternative = map_of(
        scale | {"when": ref("condition")},
        ("id", "when", "name_zh", "unit", "allowed", "better", "bins"),
        "替代口径：id、when、name_zh、unit、allowed、better、bins",
    )
    return map_of(
        scale
        | {
            "group": ref("id"),
            "source": ref("words"),
            "max_age_days": ref("count"),
            "categories": ref("categories"),
            "none": map_of(
                {"points": ref("points"), "reason": ref("words")}, ("points",), "查无时：points，可有 reason"
            ),
            "missing": map_of(
                {"points": ref("points"), "flag": choice("缺失的后果", *FLAGS)},
                ("points", "flag"),
                "未查询时：points、flag",
            ),
            "not_applicable": ref("words"),
            "alternative": alternative,
            "reason": text("失分的理由：给企业看的一句话"),
            "improve": ref("words_or_null"),
            "changeable": ref("flag"),
            "only_rises": ref("flag"),
            "note": ref("note"),
            "ref": list_of(ref("words"), "依据的编号，见 references", 1),
            "marks": map_of({"bins": ref("mark"), "points": ref("mark")}, ("bins", "points"), "bins 和 points 的出处标记"),
        },
        ("id", "group", "name_zh", "source", "unit", "max_age_days", "better", "missing", "reason", "improve", "changeable",
         "ref", "marks"),
        "指标：id、group、name_zh、source、unit、max_age_days、better、bins 或 categories、missing、reason、ref、marks",
    )  # fmt: skip


def _before_points() -> dict[str, JsonSchema]:
    stage = map_of(
        {"id": ref("id"), "name_zh": ref("words"), "from": ref("figure_or_null"), "to": ref("figure_or_null"),
         "K": ref("part"), "B": ref("part"), "mark": ref("mark")},
        ("id", "name_zh", "from", "to", "K", "B", "mark"),
        "阶段：id、name_zh、from、to、K、B、mark",
    )  # fmt: skip
    fact = map_of(
        {"id": ref("fact"), "name_zh": ref("words"), "source": ref("words"), "unit": ref("words"),
         "max_age_days": ref("count"), "allowed": ref("allowed"), "words": list_of(ref("words"), "可填的词", 2),
         "absences": list_of(choice("可用的“没有”", *ABSENCES), "可用的“没有”的列表，未查询总可用")},
        ("id", "name_zh", "source", "unit", "max_age_days"),
        "事实：id、name_zh、source、unit、max_age_days，以及 allowed 或 words",
    )  # fmt: skip
    gate = map_of(
        {"id": ref("id"), "rule": ref("words"), "of": choice("看什么", "firm", "right", "result"),
         "any": list_of(ref("condition"), "条件的列表，成立一项即触发", 1), "effects": ref("effects"),
         "reason": text("理由：给企业看的一句话"), "improve": ref("words_or_null"), "ref": ref("words"),
         "mark": ref("mark")},
        ("id", "rule", "of", "any", "effects", "reason", "improve", "ref", "mark"),
        "门槛：id、rule、of、any、effects、reason、improve、ref、mark",
    )  # fmt: skip
    return {
        "stages": map_of(
            {"by": ref("id"), "note": ref("note"), "weights": list_of(stage, "阶段的列表", 1)},
            ("by", "weights"),
            "阶段权重：by、weights",
        ),
        "thin": map_of(
            {
                "most_missing": map_of({"K": ref("points"), "B": ref("points")}, BLOCKS, "两块的上限：K、B"),
                "needs": list_of(ref("id"), "缺了就不出分的指标"),
                "mark": ref("mark"),
            },
            ("most_missing", "needs", "mark"),
            "数据太少：most_missing、needs、mark",
        ),
        "facts": list_of(fact, "事实的列表", 1),
        "gates": list_of(gate, "门槛的列表", 1),
        "gates_unknown": map_of(
            {"effects": ref("effects"), "mark": ref("mark")},
            ("effects", "mark"),
            "门槛未查询时：effects、mark",
        ),
    }


def _line() -> JsonSchema:
    return map_of(
        {
            "full_compensation_share": ref("part"),
            "cap_with_compensation": _by_letter("有补偿时的额度上限（万元）", "count"),
            "cap_without": _by_letter("无补偿时的额度上限（万元）", "count"),
            "unsecured_share": _by_letter("信用部分占上限的比例", "part"),
            "unsecured_share_when_full": _by_letter("足额补偿时信用部分占上限的比例", "part"),
            "revenue_multiple": _by_letter("销售收入的倍数", "part"),
            "internal_valuation_ceiling": ref("count"),
            "ceiling_mark": ref("mark"),
            "ceiling_ref": ref("words"),
            "expected_loss_budget": ref("part"),
            "expected_loss_mark": ref("mark"),
            "lgd": map_of(
                {"unsecured": ref("part"), "least": ref("part"), **_marked()},
                ("unsecured", "least", "mark"),
                "违约损失率：unsecured、least、mark",
            ),
            "round_to": ref("count"),
        },
        ("full_compensation_share", "cap_with_compensation", "cap_without", "unsecured_share", "unsecured_share_when_full",
         "revenue_multiple", "internal_valuation_ceiling", "ceiling_mark", "ceiling_ref", "expected_loss_budget",
         "expected_loss_mark", "lgd", "round_to"),
        "额度参数",
    )  # fmt: skip


def _value() -> JsonSchema:
    kind = map_of(
        {"id": ref("id"), "name_zh": ref("words"), "pledge_rate": ref("part"), "pledge_rate_ceiling": ref("part"),
         "disposal_recovery": ref("part"), "mark": ref("mark")},
        ("id", "name_zh", "pledge_rate", "pledge_rate_ceiling", "disposal_recovery", "mark"),
        "权利种类：id、name_zh、pledge_rate、pledge_rate_ceiling、disposal_recovery、mark",
    )  # fmt: skip
    simulation = map_of(
        {"draws": ref("count"), "seed": ref("count"), "low": ref("part"), "high": ref("part"), "mark": ref("mark")},
        ("draws", "seed", "low", "high", "mark"),
        "模拟：draws、seed、low、high、mark",
    )  # fmt: skip
    tech_life = _by_technology("技术寿命：default 和各领域的年数", "count")
    royalty = _by_technology("许可费率：default 和各技术领域的费率", "part")
    return map_of(
        {
            "label": {"const": "内部参考价值", "description": "只能是 内部参考价值：不是评估价值"},
            "royalty_rate": royalty,
            "royalty_step": ref("part"),
            "discount_step": ref("part"),
            "tax_rate": ref("part"),
            "most_years": ref("count"),
            "most_growth_percent": ref("count"),
            "tech_life_years": tech_life,
            "discount_rate": _by_letter("折现率", "part"),
            "obsolescence": ref("part"),
            "quality": map_of(
                {"group": ref("id"), "base": ref("part"), "slope": ref("part"), "mark": ref("mark")},
                ("group", "base", "slope", "mark"),
                "质量系数：group、base、slope、mark",
            ),
            "same_product_weights": list_of(ref("part"), "同一产品上各件的权重", 1),
            "most_royalty_years": ref("count"),
            "renewable": list_of(ref("id"), "可续展的种类"),
            "kinds": list_of(kind, "权利种类的列表", 1),
            "simulation": simulation,
        },
        ("label", "royalty_rate", "royalty_step", "discount_step", "tax_rate", "most_years", "most_growth_percent",
         "tech_life_years", "discount_rate", "obsolescence", "quality", "same_product_weights", "most_royalty_years",
         "renewable", "kinds", "simulation"),
        "内部参考价值的参数",
    )  # fmt: skip


def _calibration() -> dict[str, JsonSchema]:
    return {
        "calibration": map_of(
            {"anchor_score": ref("points"), "anchor_pd": ref("part"), "pdo": ref("figure"), "pd_floor": ref("part"),
             "pd_cap": ref("part"), "note": ref("note"), "mark": ref("mark")},
            ("anchor_score", "anchor_pd", "pdo", "pd_floor", "pd_cap", "mark"),
            "校准：anchor_score、anchor_pd、pdo、pd_floor、pd_cap、mark",
        ),
        "statistical_band": map_of(
            {"prior_firm_years": ref("count"), "level": ref("part"), "mark": ref("mark")},
            ("prior_firm_years", "level", "mark"),
            "违约概率的区间：prior_firm_years、level、mark",
        ),
        "master_scale": list_of(
            map_of(
                {"grade": text("等级，例如 A1"), "letter": choice("字母", *LETTERS), "pd_mid": ref("part")},
                ("grade", "letter", "pd_mid"),
                "等级：grade、letter、pd_mid",
            ),
            "等级的列表，从好到差",
            2,
        ),
        "master_scale_mark": ref("mark"),
    }  # fmt: skip


def _cases() -> JsonSchema:
    """Cases as `examples` reads them: what a case states is compared when it is carried out."""
    return map_of(
        {"on": ref("day"), "right": {"type": "object", "description": "每件权利共有的事实"},
         "cases": list_of({"type": "object", "description": "算例：name、indicators 等键和 expect"}, "算例的列表", 1)},
        ("on", "cases"),
        "算例：on、right、cases",
    )  # fmt: skip


def scorecard_shape() -> JsonSchema:
    """The whole JSON Schema of a scorecard file, before meaning is looked at."""
    source = map_of({"url": ref("words_or_null"), "seen": ref("words_or_null")}, (), "出处：url 和 seen")
    reference = map_of({"title": ref("words"), "mark": ref("mark")}, ("title", "mark"), "依据：title、mark")
    group = map_of(
        {"id": ref("id"), "block": ref("block"), "max": ref("points"), "name_zh": ref("words")},
        ("id", "block", "max", "name_zh"),
        "组：id、block、max、name_zh",
    )
    excluded = map_of({"id": ref("id"), "why": ref("words")}, ("id", "why"), "不计分的属性：id、why")
    parts: JsonSchema = {
        "id": text("编号：名称@年份，例如 ip-pledge@2026", pattern=CARD),
        "title": ref("words"),
        "version": ref("words"),
        "effective": map_of({"from": ref("day"), "to": ref("day_or_null")}, ("from",), "有效期：from、to"),
        "evidence": ref("words"),
        "sources": list_of(source, "出处的列表"),
        "references": {
            "type": "object",
            "additionalProperties": reference,
            "description": "依据编号: {title, mark} 的映射",
        },
        **_before_points(),
        "reasons_shown": ref("count"),
        "reasons_by": choice("失分与什么比", BY_INDICATOR, BY_USED_SCALE),
        **_calibration(),
        "groups": list_of(group, "组的列表", 1),
        "indicators": list_of(_indicator(), "指标的列表", 1),
        "excluded_attributes": list_of(excluded, "不计分的属性"),
        "credit_line": _line(),
        "indicative_value": _value(),
        "cases": _cases(),
    }
    optional = ("sources", "statistical_band", "cases", "reasons_by")
    required = tuple(name for name in parts if name not in optional)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知融评分卡",
        **map_of(parts, required, "评分卡文件"),
        "$defs": definitions(),
    }
