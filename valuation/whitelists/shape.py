"""The shape of a white-list filter file: one definition, from which `policies/whitelists/schema.json` is written.

JSON Schema, draft 2020-12; each `description` is what a person reads when the place is filled in wrongly. What a shape
cannot say (facts that exist, values of their kind) is in `meaning`.
"""

from kernel.conditions import COMPARISONS
from kernel.shapes import JsonSchema, choice, list_of, map_of, text
from valuation.shape import CARD, COUNT, DAY, ID, MARKS
from valuation.whitelists.terms import ABSENT_MEANS, FIRM, LARGEST, RIGHT, SMALLEST

DESCRIBING = ("note",)
ALL_MARKS = (*MARKS, "SEEN_SECONDARY")
ANSWERS = ("in", "out", "unknown")
_WORDS = text("文字")
_MARK = choice("出处的可靠程度", *ALL_MARKS)
_POSITIVE = text("正整数", pattern=r"^[1-9][0-9]{0,5}$")
_COUNT = text("整数", pattern=COUNT)


def _criterion() -> JsonSchema:
    condition = map_of(
        {
            "metric": text("事实名，例如 indicator.firm_age", pattern=r"^[a-z]+\.[a-z0-9_]+$"),
            "op": choice("比较", *COMPARISONS),
            "value": text("比较的值"),
        },
        ("metric", "op", "value"),
        "条件：metric、op、value",
    )
    return map_of(
        {
            "id": text("编号：小写字母、数字和下划线", pattern=ID),
            "name": text("条件的名称"),
            "of": choice("看什么", FIRM, RIGHT),
            "any": list_of(
                list_of(condition, "一种情形：条件的列表，须同时成立", 1), "情形的列表，成立一种即符合", 1
            ),
            "fewest": _POSITIVE,
            "none": choice("查过、查无时", *ABSENT_MEANS),
            "not_applicable": choice("对该企业不适用时", *ABSENT_MEANS),
            "article": text("条款或依据"),
            "reason": text("不符合的理由：给企业看的一句话"),
            "improve": {"type": ["string", "null"], "description": "怎样能符合；没有则写 null"},
            "mark": _MARK,
            "note": _WORDS,
        },
        ("id", "name", "of", "any", "article", "reason", "mark"),
        "条件：id、name、of、any、article、reason、mark",
    )


def _examples() -> JsonSchema:
    expect = map_of(
        {
            "answer": choice("结论", *ANSWERS),
            "failed": list_of(_WORDS, "不符合的条件编号"),
            "unknown": list_of(_WORDS, "不知道的条件编号"),
            "gaps": {
                "type": "object",
                "additionalProperties": _WORDS,
                "description": "条件编号: 还差多少 的映射",
            },
        },
        ("answer",),
        "应得的结论：answer，以及 failed、unknown",
    )
    case: JsonSchema = {
        "type": "object",
        "required": ["name", "expect"],
        "properties": {"name": text("企业的名称"), "expect": expect},
        "description": "一家企业：name、indicators、firm、rights 和 expect",
    }
    return map_of(
        {
            "on": text("日期，写成 YYYY-MM-DD", pattern=DAY),
            "right": {"type": "object", "description": "每件权利都有的事实"},
            "cases": list_of(case, "算例企业的列表", 1),
            "list": list_of(text("企业的名称"), "名单应有的企业，按先后"),
        },
        ("on", "cases", "list"),
        "算例：on、cases、list",
    )


def whitelist_shape() -> JsonSchema:
    """The whole JSON Schema of a filter file, before meaning is looked at."""
    day = text("日期，写成 YYYY-MM-DD", pattern=DAY)
    source = map_of(
        {"what": text("说的是什么"), "url": {"type": ["string", "null"], "description": "网址"}, "mark": _MARK},
        ("what", "mark"),
        "出处：what、mark，可有 url",
    )  # fmt: skip
    parts: JsonSchema = {
        "id": text("编号：名称@年份，例如 ip-pledge-list@2026", pattern=CARD),
        "title": _WORDS,
        "issuer": _WORDS,
        "sources": list_of(source, "出处的列表", 1),
        "regions": list_of(text("六位行政区划代码，加引号", pattern=r"^[0-9]{6}$"), "适用地区的列表", 1),
        "card": text("所用事实见哪张评分卡，例如 ip-pledge@2026", pattern=CARD),
        "effective": map_of(
            {"from": day, "to": {**day, "type": ["string", "null"]}}, ("from",), "有效期：from、to"
        ),
        "valid": map_of({"days": _POSITIVE, "mark": _MARK}, ("days", "mark"), "名单的有效天数：days、mark"),
        "most": map_of({"firms": _POSITIVE, "mark": _MARK}, ("firms", "mark"), "名额：firms、mark"),
        "fewest_counted": map_of(
            {"firms": _POSITIVE, "mark": _MARK},
            ("firms", "mark"),
            "少于此数的户数不单独统计：firms、mark",
        ),
        "near": map_of(
            {"most_failed": _COUNT, "most_unknown": _COUNT, "mark": _MARK},
            ("most_failed", "most_unknown", "mark"),
            "差一点的企业：most_failed、most_unknown、mark",
        ),
        "order": list_of(
            map_of(
                {
                    "by": text("事实名", pattern=r"^[a-z]+\.[a-z0-9_]+$"),
                    "first": choice("谁在前", LARGEST, SMALLEST),
                },
                ("by", "first"),
                "排序：by、first",
            ),
            "排序的列表",
            1,
        ),
        "conditions": list_of(_criterion(), "条件的列表", 1),
        "examples": _examples(),
        "note": _WORDS,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知融白名单筛选办法",
        **map_of(parts, tuple(name for name in parts if name != "note"), "白名单筛选办法文件"),
    }
