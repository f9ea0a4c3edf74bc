"""The shape of the short form of a scorecard: what `short_form` completes. One definition, its words what a person reads."""

from kernel.shapes import JsonSchema, choice, list_of, map_of, ref, text
from valuation.shape import FLAGS, LETTERS, definitions, scale_parts

NUMBER = r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?"


def _letters(name: str, figure: str) -> JsonSchema:
    return map_of({letter: ref(figure) for letter in LETTERS}, LETTERS, f"{name}：A 至 E 各一个数")


def _rates(name: str) -> JsonSchema:
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": ref("part"),
        "description": f"{name}：种类: 比例",
    }


def _indicator() -> JsonSchema:
    alternative = map_of(
        scale_parts() | {"when": text("条件的一句话，例如 年收入 < 200 万元")},
        ("when", "unit", "bins"),
        "替代口径：when、unit、bins",
    )
    return map_of(
        scale_parts()
        | {
            "group": ref("id"),
            "source": ref("words"),
            "max_age_days": ref("count"),
            "categories": ref("categories"),
            "none": map_of({"points": ref("points"), "reason": ref("words")}, ("points",), "查无时：points"),
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
            "ref": list_of(ref("words"), "依据的编号", 1),
        },
        ("id", "name_zh", "source", "unit", "max_age_days", "missing", "reason", "ref"),
        "指标：id、name_zh、source、unit、max_age_days、bins 或 categories、missing、reason、ref",
    )


def _line() -> JsonSchema:
    return map_of(
        {
            "letter_cap_with_compensation": _letters("有补偿时的额度上限（万元）", "count"),
            "letter_cap_without": _letters("无补偿时的额度上限（万元）", "count"),
            "revenue_multiple": _letters("销售收入的倍数", "part"),
            "internal_valuation_ceiling": ref("count"),
            "el_rate_budget": ref("part"),
            "round_to": ref("count"),
        },
        ("letter_cap_with_compensation", "letter_cap_without", "revenue_multiple", "internal_valuation_ceiling",
         "el_rate_budget", "round_to"),
        "额度参数（简写）",
    )  # fmt: skip


def _value() -> JsonSchema:
    royalty: JsonSchema = {
        "type": "object", "required": ["default"], "properties": {"table": ref("note")},
        "additionalProperties": ref("part"), "description": "许可费率：default 和各技术领域的费率",
    }  # fmt: skip
    lives: JsonSchema = {
        "type": "object", "required": ["default"], "additionalProperties": ref("count"),
        "description": "技术寿命：default 和各领域的年数",
    }  # fmt: skip
    parts: JsonSchema = {
        "royalty_rate": royalty,
        "tech_life_years": lives,
        "discount_rate": _letters("折现率", "part"),
        "obsolescence": ref("part"),
        "quality_multiplier": text("质量系数的一句话，例如 0.6 + 0.8 * ip_group_points / 50"),
        "same_product_weights": list_of(ref("part"), "同一产品上各件的权重", 1),
        "pledge_rate": _rates("质押率"),
        "pledge_rate_ceiling": _rates("质押率上限"),
        "disposal_recovery": _rates("处置回收"),
    }
    return map_of(parts, tuple(parts), "内部参考价值的参数（简写）")


def short_shape() -> JsonSchema:
    """The JSON Schema of the short form."""
    stage = map_of(
        {"rule": text("年限的一句话，例如 3 <= firm_age_y < 8"), "K": ref("part"), "B": ref("part")},
        ("rule", "K", "B"),
        "阶段：rule、K、B",
    )
    stages: JsonSchema = {"type": "object", "minProperties": 1, "additionalProperties": stage,
                          "description": "阶段权重：阶段: {rule, K, B}"}  # fmt: skip
    gate = map_of(
        {"id": ref("id"), "rule": text("条件的一句话"), "effect": text("后果的一句话"),
         "reason": text("理由：给企业看的一句话"),
         "improve": ref("words_or_null"), "ref": ref("words")},
        ("id", "rule", "effect", "reason"),
        "门槛：id、rule、effect、reason",
    )  # fmt: skip
    group = map_of(
        {"id": ref("id"), "block": ref("block"), "max": ref("points"), "name_zh": ref("words")},
        ("id", "block", "max", "name_zh"),
        "组：id、block、max、name_zh",
    )
    grade = map_of(
        {"grade": text("等级，例如 A1"), "letter": choice("字母", *LETTERS), "pd_mid": ref("part")},
        ("grade", "letter", "pd_mid"),
        "等级：grade、letter、pd_mid",
    )
    excluded: JsonSchema = {
        "type": "object", "required": ["id", "why"], "properties": {"id": ref("id"), "why": ref("words")},
        "additionalProperties": {"type": "null"}, "description": "不计分的属性：id、why；why 里有逗号的加引号",
    }  # fmt: skip
    calibration = map_of(
        {"anchor_score": ref("points"), "anchor_pd": ref("part"), "pdo": ref("figure"), "pd_floor": ref("part"),
         "pd_cap": ref("part"), "note": ref("note")},
        ("anchor_score", "anchor_pd", "pdo", "pd_floor", "pd_cap"),
        "校准：anchor_score、anchor_pd、pdo、pd_floor、pd_cap",
    )  # fmt: skip
    parts: JsonSchema = {
        "version": ref("words"),
        "stage_weights": stages,
        "calibration": calibration,
        "groups": list_of(group, "组的列表", 1),
        "gates": list_of(gate, "门槛的列表", 1),
        "indicators": list_of(_indicator(), "指标的列表", 1),
        "excluded_attributes": list_of(excluded, "不计分的属性"),
        "master_scale": list_of(grade, "等级的列表，从好到差", 2),
        "credit_line": _line(),
        "indicative_value": _value(),
    }
    optional: JsonSchema = {
        "id": text("编号：名称@年份", pattern=r"^[a-z0-9][a-z0-9-]*@[0-9]{4}$"),
        "title": ref("words"),
        "status": choice("状态", "proposal", "draft"),
        "effective_from": ref("day_or_null"),
        "score_range": {"const": ["0", "100"], "description": "只能是 [0, 100]：两块各 100 分"},
        "note": ref("note"),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知融评分卡（简写）",
        **map_of(parts | optional, tuple(parts), "评分卡的简写"),
        "$defs": definitions(),
    }
