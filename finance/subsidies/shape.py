"""The shape of a subsidy file: one definition, from which `policies/subsidies/schema.json` is written (7.1 to 7.12).

JSON Schema, draft 2020-12; each `description` is the sentence a person reads when the place is filled in wrongly. Days
may be written with or without quotes, numbers as quoted decimals or integers; `loading` has refused floats before. What
a shape cannot say (unknown lines, cases never reached, shares that do not add up) is in `meaning`.
"""

from finance.subsidies.terms import (
    CALENDAR_YEAR,
    DATES,
    DAY_COUNTS,
    FIRST_COME,
    FLOOR_CENT,
    FULL,
    HALF_UP,
    IP_SHARE,
    LARGEST_REMAINDER,
    PAYEES,
    PRO_RATA,
    SCOPES,
    UNDECIDED,
    WINDOWS,
)
from kernel.shapes import JsonSchema, choice, list_of, map_of, ref, text

DESCRIBING = ("ref", "note", "assumed")
NUMBER = r"^-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,30})?$"
MONEY = r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,2})?$"
BELOW_ONE = r"^0\.[0-9]{0,28}[1-9]$"
PART = r"^(1(\.0{1,30})?|0\.[0-9]{0,28}[1-9])$"
COUNT = r"^[1-9][0-9]{0,5}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
FACT = r"^[a-z][a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$"
PERIOD = r"^P[1-9][0-9]{0,3}[YMD]$"
SERIES = ("lpr_1y", "lpr_5y", "pboc_benchmark_1y")
SELECTORS = ("contract_date", "disbursement_date", "month_before_contract", "december_of_settlement_year")
ORDERED = ("lt", "lte", "gt", "gte")
WITH_VALUE = ("eq", *ORDERED)
WITH_FACT = tuple(f"{op}_fact" for op in WITH_VALUE)
OPS = ("within", "in", "subset", "between", "exists", *WITH_VALUE, *WITH_FACT)
BY_DAYS = tuple(name for name, days in DAY_COUNTS.items() if days)
STATUSES = ("eligible", "ineligible", "unknown", "pending")
ROUNDINGS = (FLOOR_CENT, HALF_UP, LARGEST_REMAINDER)
CASE_KEYS = (
    "fees", "interest_paid", "approved_amount", "band_choice", "evaluated_on", "application_date", "day_count_override",
)  # fmt: skip
"""What an application holds beside its sections of facts (7.2)."""
_DESCRIBED: JsonSchema = {
    "ref": {"type": ["string", "null"], "description": "出处：文字"},
    "note": {"type": ["string", "null"], "description": "说明：文字"},
    "assumed": {
        "type": ["boolean", "array"],
        "items": {"type": "string", "description": "一句话"},
        "description": "true，或说明哪些是假定的列表",
    },
}


def _item(properties: JsonSchema, required: tuple[str, ...], description: str) -> JsonSchema:
    return map_of(properties | _DESCRIBED, required, description)


def _number(description: str, pattern: str = NUMBER, **limits: object) -> JsonSchema:
    return {"type": ["string", "integer"], "pattern": pattern, "description": description, **limits}


def _or_null(shape: JsonSchema) -> JsonSchema:
    kinds = shape["type"]
    return shape | {"type": [*(kinds if isinstance(kinds, list) else [kinds]), "null"]}


def _one_by(key: str, kinds: dict[str, str], description: str) -> JsonSchema:
    """An item whose form depends on the word under `key`."""
    branches = [
        {
            "if": {"type": "object", "required": [key], "properties": {key: {"const": word}}},
            "then": ref(name),
        }
        for word, name in kinds.items()
    ]
    return {
        "type": "object",
        "required": [key],
        "properties": {key: choice(description, *kinds)},
        "allOf": branches,
        "description": f"{description}：以 {key} 写明",
    }


def _rate() -> JsonSchema:
    several = {name: list_of(ref("rate"), f"{name} 后面写列表", 1) for name in ("min", "max", "add", "mul")}
    operations = several | {"sub": list_of(ref("rate"), "sub 后面写列表，至少2项", 2)}
    return {
        "type": ["string", "integer", "object"],
        "pattern": NUMBER,
        "properties": {
            **operations,
            "const": ref("number"),
            "contract": {"const": True, "description": "只能是 true：合同利率"},
            "ref": choice("利率名称", *SERIES),
            "at": choice("取值的日期", *SELECTORS),
            "note": _DESCRIBED["note"],
            "assumed": _DESCRIBED["assumed"],
        },
        "additionalProperties": False,
        "dependentRequired": {"ref": ["at"], "at": ["ref"]},
        "description": "利率：加引号的小数、{const}、{contract: true}、{ref, at}，或一个运算 {min|max|add|mul|sub: [..]}",
    }


def _condition() -> JsonSchema:
    """`value` is looked at by `meaning`, since what is wanted depends on `op`."""
    inner = _item(
        {"left": ref("rate"), "op": choice("比较", *WITH_VALUE), "right": ref("rate")},
        ("left", "op", "right"),
        "利率比较：left、op、right",
    )
    return _item(
        {
            "id": ref("id"),
            "reason": text("理由：一句话"),
            "fact": ref("fact"),
            "op": choice("比较", *OPS),
            "value": {},
            "except": list_of(ref("code"), "不含的地区代码"),
            "expr": inner,
            "all": list_of(ref("condition"), "须全部符合的条件", 1),
            "any": list_of(ref("condition"), "符合其一即可的条件", 1),
            "not": ref("condition"),
            "per_batch": ref("flag"),
        },
        (),
        "条件：fact、op、value，或 expr，或 all、any、not 之一",
    )


def _base() -> dict[str, JsonSchema]:
    share = choice("计入部分", FULL, IP_SHARE)
    interest: JsonSchema = {
        "kind": {},
        "share": share,
        "day_count": ref("day_count"),
        "max_period": ref("period"),
    }
    return {
        "notional_interest": _item(
            interest | {"rate": ref("rate")}, ("kind", "rate"), "按利率计算的利息：rate，可有 share、day_count、max_period"
        ),
        "interest_paid": _item(
            interest | {"rate_clamp": ref("rate")}, ("kind",), "实付利息：可有 share、rate_clamp、day_count、max_period"
        ),
        "loan_amount": _item(
            {
                "kind": {},
                "share": share,
                "max_principal": ref("money"),
                "max_principal_when": ref("condition"),
            },
            ("kind",),
            "贷款金额：可有 share、max_principal、max_principal_when",
        )
        | {"dependentRequired": {"max_principal_when": ["max_principal"]}},
        "fee_paid": _item({"kind": {}, "fee": ref("fee")}, ("kind", "fee"), "已付费用：fee"),
        "fixed": _item(
            {"kind": {}, "unit": ref("money"), "count": ref("fact")}, ("kind", "unit", "count"), "定额：unit、count"
        ),
        "bank_volume": _item({"kind": {}, "fact": ref("fact")}, ("kind", "fact"), "银行业务量：fact"),
        "approved_amount": _item({"kind": {}}, ("kind",), "另行核定的金额，不再有其他键"),
        "tier_amount": _item(
            {
                "kind": {},
                "by": ref("fact"),
                "table": {"const": "UNKNOWN", "description": "分档表只能是 UNKNOWN：未见到的表不计算"},
                "mode": text("分档方式"),
            },
            ("kind", "by", "table"),
            "分档金额：by、table、mode",
        ),
    }  # fmt: skip


def _factor() -> JsonSchema:
    entry = _item(
        {
            "when": ref("condition"),
            "value": ref("number"),
            "otherwise": {"const": True, "description": "只能是 true"},
        },
        ("value",),
        "情形：when 和 value；最后一项 otherwise: true 和 value",
    )
    return {
        "type": ["string", "integer", "object"],
        "pattern": NUMBER,
        "properties": {
            "case": list_of(entry, "各情形的列表", 1),
            "band": {
                **list_of(ref("number"), "幅度：[低, 高] 两个数", 2),
                "maxItems": 2,
            },
            **_DESCRIBED,
        },
        "additionalProperties": False,
        "description": "系数：加引号的小数、{case: [..]} 或 {band: [低, 高]}",
    }


def _line_parts() -> dict[str, JsonSchema]:
    dated = {
        "values": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": DAY, "title": "日期", "description": "写成 YYYY-MM-DD"},
            "additionalProperties": ref("money"),
            "description": "起用日: '金额' 的映射",
        },
        "at": choice("取值的日期", *DATES),
        "scope": choice("范围", *SCOPES),
        **_DESCRIBED,
    }
    return {
        "cap": {
            "type": ["string", "integer", "object"],
            "pattern": MONEY,
            "minimum": 0,
            "properties": dated,
            "additionalProperties": False,
            "required": ["values", "at"],
            "description": "上限：加引号的金额，或 {values: {日期: 金额}, at}",
        },
        "cost_bound": _item(
            {"le": {}, "of": list_of(ref("fee_or_interest"), "费用名的列表，interest 表示利息", 1)},
            ("le", "of"),
            "不超过实际成本：le、of",
        ),
        "interest_bound": _item(
            {
                "le": {},
                "rate": ref("rate"),
                "day_count": ref("day_count"),
                "max_period": ref("period"),
                "share": choice("计入部分", FULL, IP_SHARE),
            },
            ("le", "rate"),
            "不超过另一利息：le、rate，可有 day_count、max_period、share",
        ),
        "count": _item(
            {
                "max": _number("笔数：整数", r"^(0|[1-9][0-9]{0,5})$", minimum=0),
                "scope": ref("scope"),
                "window": ref("window"),
                "choose": choice("选取", "highest"),
            },
            ("max", "scope", "window"),
            "笔数限制：max、scope、window、choose",
        ),
    }


def _line() -> JsonSchema:
    return _item(
        {
            "id": ref("id"),
            "payee": choice("收款方", *PAYEES),
            "requires": list_of(ref("condition"), "条件的列表"),
            "base": ref("base"),
            "factor": ref("factor"),
            "prorate": _item(
                {
                    "by": choice("折算依据", "term_months"),
                    "full": _number("足额的月数：整数", COUNT, minimum=1),
                    "partial_month": choice("不足一月", "floor"),
                },
                ("by", "full", "partial_month"),
                "按期限折算：by、full、partial_month",
            ),
            "bounds": list_of(ref("bound"), "不超过的金额的列表"),
            "cap": ref("cap"),
            "count": ref("count"),
            "discretion": choice("裁量", "ceiling", "band"),
            "once_per": text("一次性的对象"),
            "computable": ref("flag"),
        },
        ("id", "payee", "base", "factor"),
        "补助项目：id、payee、base、factor",
    )


def _definitions() -> JsonSchema:
    return {
        "id": text("编号：不含空格，例如 interest", pattern=r"^\S+$"),
        "fact": text("事实名：节名.名称，两个英文词以一个点相连，例如 loan.rate", pattern=FACT),
        "fee": text("费用名：不含空格，例如 appraisal；interest 不是费用", pattern=r"^(?!interest$)\S+$"),
        "fee_or_interest": text("费用名，例如 appraisal，或 interest", pattern=r"^\S+$"),
        "code": text("加引号的地区代码，例如 '370800'", pattern=r"^[0-9]{2,12}$"),
        "number": _number("加引号的小数或整数，例如 '0.50'"),
        "money": _number("金额（元）：整数，或加引号的至多两位小数，不为负，例如 '500000'", MONEY, minimum=0),
        "day": text("日期，写成 YYYY-MM-DD", pattern=DAY),
        "day_or_null": _or_null(text("日期，写成 YYYY-MM-DD；没有则写 null", pattern=DAY)),
        "words_or_null": {"type": ["string", "null"], "description": "文字"},
        "flag": {"type": "boolean", "description": "true 或 false，不加引号"},
        "period": text("最长期限：P 加数字加 Y、M 或 D，例如 P1Y", pattern=PERIOD),
        "day_count": choice("计息天数", *DAY_COUNTS),
        "window": choice("期间（预算年度就是公历年度，写 application_year 或 calendar_year）", *WINDOWS),
        "scope": list_of(choice("范围", *SCOPES), "范围的列表", 1),
        "rate": _rate(),
        "condition": _condition(),
        "base": _one_by("kind", {kind: f"base_{kind}" for kind in _base()}, "计算基础"),
        **{f"base_{kind}": shape for kind, shape in _base().items()},
        "factor": _factor(),
        "bound": _one_by(
            "le", {"actual_cost": "cost_bound", "notional_interest": "interest_bound"}, "不超过什么"
        ),
        **_line_parts(),
    }  # fmt: skip


def _limits_and_money() -> JsonSchema:
    limit = _item(
        {
            "id": ref("id"),
            "over": list_of(ref("id"), "所限项目的编号", 1),
            "scope": ref("scope"),
            "window": ref("window"),
            "max": _or_null(
                _number("金额（元）：整数，或加引号的至多两位小数；不知道则写 null", MONEY, minimum=0)
            ),
        },
        ("id", "over", "scope", "window", "max"),
        "限额：id、over、scope、window、max",
    )
    exclusive = _item(
        {
            "one_of": list_of(ref("id"), "只能选一的项目", 2),
            "scope": choice("范围", "loan"),
            "choose": choice("选取", "highest"),
            "reason": text("理由：一句话"),
        },
        ("one_of", "choose"),
        "择一：one_of、scope、choose、reason",
    )
    budget = _item(
        {
            "pool": _or_null(
                _number("金额（元）：整数，或加引号的至多两位小数；不知道则写 null", MONEY, minimum=0)
            ),
            "window": ref("window"),
            "pool_window": text("资金所属期间：文字"),
            "over": choice("不足时", PRO_RATA, FIRST_COME, UNDECIDED),
            "rounding": choice("取整", FLOOR_CENT, LARGEST_REMAINDER),
        },
        ("pool",),
        "预算：pool，可有 window、pool_window、over、rounding",
    )
    part = _item(
        {"from": text("出资层级，例如 city"), "share": ref("number")}, ("from", "share"), "出资：from、share"
    )
    return {
        "limits": list_of(limit, "限额的列表"),
        "exclusive": list_of(exclusive, "择一规则的列表"),
        "budget": budget,
        "funding": list_of(part, "出资的列表"),
    }


def _policy() -> JsonSchema:
    effective = _item(
        {
            "from": ref("day"),
            "to": ref("day_or_null"),
            "from_is": text("起始日的由来：文字"),
            "to_is": text("末日的由来：文字"),
            "version_picked_by": choice("按哪一日期选版本", *DATES, CALENDAR_YEAR),
        },
        ("from", "version_picked_by"),
        "有效期：from、to、version_picked_by",
    )
    region = _item(
        {
            "code": ref("code"),
            "name": text("地区名称"),
            "level": choice("层级", "province", "city", "county", "district", "zone", "unknown"),
            "except": list_of(ref("code"), "不含的地区代码"),
        },
        ("code",),
        "地区：code、name、level，可有 except",
    )
    window = _item(
        {
            "id": ref("id"),
            "settled": {**list_of(ref("day_or_null"), "结清期间：[首日, 末日]，可为 null", 2), "maxItems": 2},
            "apply_by": text("截止日：YYYY-MM-DD，或每年的 MM-DD", pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"),
            "paper_by": text("截止日：YYYY-MM-DD，或每年的 MM-DD", pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"),
        },
        ("id",),
        "申报期：id、settled、apply_by、paper_by",
    )  # fmt: skip
    interest: JsonSchema = {
        "type": ["boolean", "object"],
        "properties": {
            "rate": text("年利率：大于0、小于1的加引号小数，例如 '0.0345'", pattern=BELOW_ONE),
            "day_count": choice("计息方法", *BY_DAYS),
        },
        "required": ["rate"],
        "additionalProperties": False,
        "description": "追回是否计息：true、false，或 {rate, day_count}",
    }
    recovery = _item(
        {
            "share": _number("追回的份额：大于0，不超过1，例如 '1'", PART, minimum=1, maximum=1),
            "interest": interest,
            "exclusion_years": _number("停止申报的年数：正整数", COUNT, minimum=1),
        },
        (),
        "追回：share、interest、exclusion_years，都可以不写",
    )
    words = list_of({"type": "string", "description": "文字"}, "文字的列表")
    source = _item({"url": ref("words_or_null"), "seen": ref("words_or_null")}, (), "出处：url 和 seen")
    names: JsonSchema = {
        "type": ["string", "array"], "items": {"type": "string", "description": "文字"}, "description": "文字，或文字的列表",
    }  # fmt: skip
    return _item(
        {
            "id": text("政策编号：不含空格，例如 sd-qingdao-2024", pattern=r"^\S+$"),
            "title": text("名称"),
            "issuer": names,
            "doc_no": ref("words_or_null"),
            "based_on": names,
            "region": region,
            "effective": effective,
            "evidence": text("查证程度：文字"),
            "sources": list_of(source, "出处的列表"),
            "superseded_by": ref("words_or_null"),
            "load": choice("载入", "never"),
            "eligibility": list_of(ref("condition"), "条件的列表"),
            "benefits": list_of(_line(), "补助项目的列表", 1),
            **_limits_and_money(),
            "windows": list_of(window, "申报期的列表"),
            "materials": words,
            "process": {},
            "renewal": {},
            "risk_fund": {},
            "recovery": recovery,
            "legal_status": text("效力状态：文字"),
        },
        ("id", "effective", "benefits"),
        "政策：id、effective、benefits 等键",
    )


def _tests() -> JsonSchema:
    scalars: JsonSchema = {key: {} for key in CASE_KEYS}
    case: JsonSchema = {
        "type": "object",
        "properties": scalars,
        "additionalProperties": {
            "type": ["object", "null"],
            "description": "事实的一节（applicant、loan、pledge、bank、event），写成映射或 null；此外只有"
            + "、".join(CASE_KEYS),
        },
        "description": "输入：各节事实，以及费用等键",
    }
    used = {
        "type": "object",
        "additionalProperties": ref("money"),
        "description": "限额编号: '已用金额' 的映射",
    }
    benefits = {
        "type": "object",
        "additionalProperties": ref("exact"),
        "description": "项目编号: '金额' 的映射",
    }
    reasons = list_of(text("理由编号"), "理由编号的列表")
    expect = map_of(
        {
            "status": choice("结果", *STATUSES),
            "total": ref("exact"),
            "benefits": benefits,
            "reasons": reasons,
        },
        (),
        "应得的结果：status、total、benefits、reasons",
    )
    of_policy: JsonSchema = {"policy": text("政策编号"), "name": text("名称")}
    single = _item(
        of_policy | {"input": case, "used": used, "expect": expect | {"required": ["status"]}},
        ("policy", "name", "input", "expect"),
        "算例：policy、name、input、used、expect",
    )
    batch = _item(
        of_policy
        | {
            "inputs": list_of(case, "各笔输入", 1),
            "used": used,
            "expect": list_of(expect, "每笔的结果"),
            "used_after": used,
        },
        ("policy", "name", "inputs", "expect"),
        "成批算例：policy、name、inputs、used、expect、used_after",
    )
    paid = map_of(
        {"paid": list_of(ref("exact"), "各笔实付"), "sum": ref("exact")}, ("paid", "sum"), "paid 和 sum"
    )
    pool = _item(
        of_policy
        | {"pool": ref("money"), "approved": list_of(ref("money"), "各笔核定", 1)}
        | dict.fromkeys(ROUNDINGS, paid),
        ("policy", "name", "pool", "approved"),
        "预算算例：policy、name、pool、approved 和三种取整",
    )
    return {
        "tests": list_of(single, "算例的列表"),
        "batch_tests": list_of(batch, "成批算例的列表"),
        "budget_tests": list_of(pool, "预算算例的列表"),
    }  # fmt: skip


def subsidy_shape() -> JsonSchema:
    """The whole JSON Schema of a subsidy file, before meaning is looked at."""
    exact = text("金额：加引号，恰好两位小数，例如 '50000.00'", pattern=r"^(0|[1-9][0-9]{0,15})\.[0-9]{2}$")
    shape = map_of(
        {"policy": ref("policy")} | _tests(),
        ("policy",),
        "政策文件：policy，以及 tests、batch_tests、budget_tests",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "知融贴息与补助政策",
        **shape,
        "$defs": _definitions() | {"policy": _policy(), "exact": exact},
    }  # fmt: skip
