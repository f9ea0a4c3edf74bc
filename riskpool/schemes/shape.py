"""The shape of a scheme file: one definition, from which `policies/schemes/schema.json` is written.

JSON Schema, draft 2020-12. Each `description` is the sentence a person reads when the place is filled in wrongly. Keys
that are calculated from hold quoted text only; keys that are only shown may hold anything. What a shape cannot say
(unknown parties, shares above one, rows that are never reached) is in `riskpool.schemes.meaning`.
"""

from typing import cast

from kernel.conditions import COMPARISONS
from kernel.expressions import DECIMAL_PATTERN, FEWEST_PARTS, METRIC_PATTERN, MOST_PARTS
from kernel.shapes import JsonSchema, choice, list_of, map_of, ref, text
from riskpool.schemes.terms import ACTIONS, COMPONENTS

_OF_VOLUME = ("id", "metric", "decimal", "money", "day", "value", "expression")

CALCULATED_FROM = (
    "id",
    "currency",
    "as_of",
    "doc_date",
    "valid_from",
    "valid_to",
    "supersedes",
    "inherits",
    "level",
    "lender",
    "parties",
    "loss_base",
    "stop_loss",
    "steps",
    "payment",
    "recovery",
    "rounding",
)
"""Keys that may change a figure (loss-sharing model, 5.6)."""

NEVER_INHERITED = ("id", "doc_date", "valid_from", "valid_to", "supersedes", "inherits")
INHERITED = tuple(key for key in CALCULATED_FROM if key not in NEVER_INHERITED)
ONLY_SHOWN = (
    "schema_version",
    "name",
    "issuer",
    "doc_no",
    "confidence",
    "sources",
    "rules",
    "not_seen",
    "assumed",
    "basis_in_text",
    "note",
)
REQUIRED = ("id", "lender", "parties", "loss_base", "steps")
_DESCRIBING: JsonSchema = {"basis_in_text": {}, "note": {}, "title": {}, "article": {}}

_SHARE = r"^(0(\.[0-9]{1,30})?|1(\.0{1,30})?)$"
_MONEY = r"^(0|[1-9][0-9]{0,15})\.[0-9]{2}$"
_SIGNED_MONEY = r"^-?(0|[1-9][0-9]{0,15})\.[0-9]{2}$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _map(properties: JsonSchema, required: tuple[str, ...], description: str) -> JsonSchema:
    return map_of(properties | _DESCRIBING, required, description)


def _of_step(properties: JsonSchema, required: tuple[str, ...], description: str) -> JsonSchema:
    shared: JsonSchema = {"type": {}, "id": ref("id"), "when": ref("when")}
    return _map(shared | properties, ("type", *required), description)


def _money_by_party(name: str) -> JsonSchema:
    return {"type": "object", "additionalProperties": ref(name), "description": "参与方代码: '金额' 的映射"}


def _expression() -> JsonSchema:
    operations: JsonSchema = {
        name: {
            "type": "array",
            "items": ref("expression"),
            "minItems": fewest,
            "description": f"{name} 后面写列表，{'恰好' if name in MOST_PARTS else '至少'}{fewest}项",
        }
        | ({"maxItems": MOST_PARTS[name]} if name in MOST_PARTS else {})
        for name, fewest in FEWEST_PARTS.items()
    }
    return {
        "type": ["string", "object"],
        "pattern": f"({DECIMAL_PATTERN})|({METRIC_PATTERN})",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": operations,
        "description": "表达式：加引号的小数、指标名（如 pool.balance），或一个运算 {"
        + "|".join(FEWEST_PARTS)
        + ": [..]}",
    }


def _definitions() -> JsonSchema:
    return {
        "code": text("参与方代码：不含空格和冒号，例如 fund", pattern=r"^[^\s:]+$"),
        "id": text("编号：不含空格，例如 pool_balance", pattern=r"^\S+$"),
        "metric": text(
            "指标名：scope.name，两个小写词以一个点相连，例如 loan.amount", pattern=METRIC_PATTERN
        ),
        "decimal": text("加引号的小数，例如 '0.05'", pattern=DECIMAL_PATTERN),
        "share": text("份额：加引号的小数，0 到 1，例如 '0.40' 表示 40%", pattern=_SHARE),
        "money": text("金额：加引号，恰好两位小数，例如 '1200000.00'", pattern=_MONEY),
        "signed_money": text("金额：加引号，恰好两位小数，可以为负，例如 '-10.00'", pattern=_SIGNED_MONEY),
        "day": text("日期：加引号，写成 'YYYY-MM-DD'", pattern=_DAY),
        "value": {"type": "string", "description": "加引号的值，例如 '0.05'、'true'、'A'"},
        "expression": _expression(),
        "condition": _map(
            {"metric": ref("metric"), "op": choice("比较", *COMPARISONS), "value": ref("value")},
            ("metric", "op", "value"),
            "条件：metric、op、value 三项",
        ),
        "when": list_of(ref("condition"), "条件的列表，须全部符合；[] 表示总是符合"),
        "shares": {
            "type": "object",
            "additionalProperties": ref("share"),
            "description": "参与方代码: '份额' 的映射",
        },
        "row": _map(
            {"when": ref("when"), "shares": ref("shares")}, ("shares",), "份额表的一行：when 和 shares"
        ),
        "uplift": _map(
            {"when": ref("when"), "party": ref("code"), "add": ref("share")},
            ("party", "add"),
            "加点：when、party、add",
        ),
        "transfer": _of_step(
            {
                "from": ref("code"),
                "of": text("计算基础：loss，或 borne:参与方代码", pattern=r"^(loss|borne:[^\s:]+)$"),
                "shares": ref("shares"),
                "share_table": _map(
                    {
                        "pick": choice("取哪一行", "first", "max"),
                        "rows": list_of(ref("row"), "份额表的各行", 1),
                    },
                    ("pick", "rows"),
                    "份额表：pick 和 rows",
                ),
                "uplifts": list_of(ref("uplift"), "加点的列表"),
                "slice": _map(
                    {"attach": ref("expression"), "detach": ref("expression")},
                    (),
                    "区间：attach（起点）和 detach（终点）",
                ),
            },
            ("from", "of"),
            "transfer 步骤：from、of，以及 shares 或 share_table",
        ),
        "cap": _of_step(
            {
                "parties": list_of(ref("code"), "受限的参与方", 1),
                "limit": ref("expression"),
                "overflow_to": ref("code"),
            },
            ("id", "parties", "limit", "overflow_to"),
            "cap 步骤：id、parties、limit、overflow_to",
        ),
        "adjust": _of_step(
            {"party": ref("code"), "to": ref("code"), "amount": ref("expression")},
            ("id", "party", "to", "amount"),
            "adjust 步骤：id、party、to、amount",
        ),
        "step": {
            "type": "object",
            "required": ["type"],
            "properties": {"type": choice("步骤的种类", "transfer", "cap", "adjust")},
            "description": "步骤：以 type 写明 transfer、cap 或 adjust",
            "allOf": [
                {
                    "if": {"type": "object", "required": ["type"], "properties": {"type": {"const": kind}}},
                    "then": ref(kind),
                }
                for kind in ("transfer", "cap", "adjust")
            ],
        },
        "example": _example(),
    }


def _example() -> JsonSchema:
    components: JsonSchema = {name: ref("money") for name in COMPONENTS}
    recovered: JsonSchema = {
        key: ref("money") for key in ("gross", "costs", "net", "to_covered_part", "to_lender_outside")
    }
    expected: JsonSchema = {
        "covered_loss": ref("money"),
        "outside_scheme_to_lender": ref("money"),
        "borne": _money_by_party("money"),
        "recovery": _map(recovered | {"returned": _money_by_party("money")}, (), "追偿分配的各项结果"),
        "final_net": _money_by_party("signed_money"),
        "notes": list_of({"type": "string", "description": "一句说明"}, "说明的列表"),
    }
    return _map(
        {
            "id": ref("id"),
            "title": {},
            "loss": {
                "type": "object",
                "properties": components,
                "additionalProperties": False,
                "description": f"损失的各组成部分，只能是：{'、'.join(COMPONENTS)}",
            },
            "metrics": {
                "type": "object",
                "propertyNames": {"pattern": METRIC_PATTERN, "description": "指标名：scope.name"},
                "additionalProperties": ref("value"),
                "description": "指标名: '值' 的映射",
            },
            "recovery": _map(
                {"gross": ref("money"), "costs": ref("money")}, ("gross",), "追偿：gross 和 costs"
            ),
            "expect": _map(expected, (), "应得的结果"),
        },
        ("id", "loss", "expect"),
        "算例：id、loss、expect，需要时有 metrics 和 recovery",
    )


def _eligible_cap() -> JsonSchema:
    basis = choice("限额的口径", "loan_amount_prorata", "loss_amount")
    entry = _map(
        {"id": ref("id"), "basis": basis, "limit": ref("expression"), "loan_metric": ref("metric")},
        ("id", "basis", "limit"),
        "合格金额上限：id、basis、limit，按贷款折算时还有 loan_metric",
    )
    prorata = {"required": ["basis"], "properties": {"basis": {"const": "loan_amount_prorata"}}}
    entry["if"], entry["then"] = prorata, {"required": ["loan_metric"], "description": entry["description"]}
    return entry


def scheme_shape() -> JsonSchema:
    """The whole JSON Schema of a scheme file, before meaning is looked at."""
    coverage = _map(
        {
            "metric": ref("metric"),
            "min": ref("share"),
            "if_missing": choice("缺少比例时", "exclude", "full"),
        },
        ("metric",),
        "覆盖比例：metric，可有 min 和 if_missing",
    )
    calculated: JsonSchema = {
        "id": text("方案编号：不含空格，例如 zhongshan-ip@2021", pattern=r"^[^\s@]+(@[^\s@]+)?$"),
        "currency": text("货币代码，例如 CNY", pattern=r"^[A-Z]{3}$"),
        "as_of": choice("适用版本的日期", "loan_disbursement_date"),
        "doc_date": text("文件日期：加引号的文字，例如 '2024-08-07' 或 '2017-06'"),
        "valid_from": ref("day"),
        "valid_to": ref("day"),
        "supersedes": text("被取代的方案编号或文号"),
        "inherits": text("所继承的方案编号"),
        "level": choice("计算层级", "claim", "bank_year"),
        "lender": ref("code"),
        "parties": list_of(
            _map({"code": ref("code"), "role": {}, "name": {}}, ("code",), "参与方：code 和 role"),
            "参与方的列表",
            1,
        ),
        "loss_base": _map(
            {
                "include": list_of(choice("损失的组成部分", *COMPONENTS), "计入的组成部分", 1),
                "coverage": coverage,
                "eligible_caps": list_of(_eligible_cap(), "合格金额上限的列表"),
            },
            ("include",),
            "损失基数：include，可有 coverage 和 eligible_caps",
        ),
        "stop_loss": list_of(_stop_loss(), "止损线的列表"),
        "steps": list_of(ref("step"), "步骤的列表"),
        "payment": _map(
            {
                "mode": choice("支付方式", "escrow_then_final"),
                "escrow_true": {"type": "boolean", "description": "true 或 false，不加引号"},
                "settle": {},
            },
            ("mode",),
            "支付：mode",
        ),
        "recovery": _recovery(),
        "rounding": _map(
            {
                "unit": {"type": "string", "enum": ["0.01"], "description": "取整单位，只能是 '0.01'"},
                "method": choice("取整方法", "largest_remainder", "floor"),
            },
            (),
            "取整：unit 和 method",
        ),
    }
    shown: JsonSchema = {key: {} for key in ONLY_SHOWN}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知融损失分担方案",
        "type": "object",
        "properties": calculated | shown | {"examples": list_of(ref("example"), "算例的列表")},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        "required": ["id"],
        "if": {"not": {"required": ["inherits"]}},
        "then": {"required": list(REQUIRED), "description": "方案须写明：" + "、".join(REQUIRED)},
        "description": "损失分担方案：一个映射",
        "$defs": _definitions(),
    }


def volume_shape() -> JsonSchema:
    """The JSON Schema of a subsidy on volume: one formula over the facts of a bank's period, and its examples."""
    definitions = {key: shape for key, shape in _definitions().items() if key in _OF_VOLUME}
    metrics = cast("JsonSchema", cast("JsonSchema", _example()["properties"])["metrics"])
    expected = _map({"paid": ref("money")}, ("paid",), "应得的金额：paid")
    example = _map(
        {"id": ref("id"), "metrics": metrics, "expect": expected},
        ("id", "expect"),
        "算例：id、metrics、expect",
    )
    known: JsonSchema = {
        "id": text("编号：不含空格，例如 pudong-ip@2011", pattern=r"^[^\s@]+(@[^\s@]+)?$"),
        "kind": choice("种类", "volume_subsidy"),
        "currency": text("货币代码，例如 CNY", pattern=r"^[A-Z]{3}$"),
        "doc_date": text("文件日期：加引号的文字，例如 '2011-10-13' 或 '2017-06'"),
        "valid_from": ref("day"),
        "valid_to": ref("day"),
        "regions": list_of(
            text("六位数字的地区代码，加引号", pattern=r"^\d{6}$"), "适用地区的列表：其财政部门可以按此核定"
        ),
        "formula": ref("expression"),
        "examples": list_of(example, "算例的列表"),
    }
    shape = _map({key: {} for key in ONLY_SHOWN} | known, ("id", "kind", "formula"), "放款量补贴：一个映射")
    return shape | {"patternProperties": {"^x-": {}}, "$defs": definitions}


def _stop_loss() -> JsonSchema:
    return _map(
        {
            "id": ref("id"),
            "metric": ref("metric"),
            "op": choice("比较", *COMPARISONS),
            "value": ref("value"),
            "action": choice("措施", *ACTIONS),
            "affects": list_of(ref("code"), "受影响的参与方代码"),
        },
        ("id", "metric", "op", "value", "action"),
        "止损线：id、metric、op、value、action、affects",
    )


def _recovery() -> JsonSchema:
    return _map(
        {
            "deduct_costs": choice("费用", "first", "none"),
            "attribution": choice("归属", "pro_rata_principal"),
            "distribution": choice("分配", "pro_rata_borne", "priority"),
            "order": list_of(list_of(ref("code"), "同一顺位的参与方", 1), "各顺位的列表"),
        },
        (),
        "追偿：deduct_costs、attribution、distribution、order",
    )
