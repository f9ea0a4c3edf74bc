"""What the parties state in a registration file, as it is kept (JSON), and back into values for the rules. Pure.

`contents`: {"contract": {...}, "filing": {...}, "parties": {"pledgor": {...}, "pledgee": {...}}, "rights": [{...}],
"owner_marks": [{...}] or None, "left_out": {number: why}}.
Days are ISO text, amounts whole fen; what is not known has no entry. Statements made before decision 0029 have no "parties".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from kernel.errors import Problem
from kernel.money import yuan_text

from .book import RuleBook
from .bounds import MOST_FEE_YEARS, WANTED, beyond, kept_day
from .facts import Contract, Declarations, Filing, Mark, OtherPledge, Owner, Party, Right
from .identifiers import is_publication_number, is_trademark_number, patent_number, right_key, written_number
from .mark_users import user_flaws
from .owners import owner_flaws, share_of, shares_told

Contents = dict[str, Any]
RIGHT_DAYS = tuple(field.name for field in fields(Right) if field.type == "dt.date | None")
DAY_WORDS = {
    "filed_on": "申请日",
    "granted_on": "授权公告日",
    "registered_on": "注册日",
    "completed_on": "创作完成日",
    "first_published_on": "首次发表日",
    "first_used_on": "首次商业利用日",
    "priority_on": "优先权日",
    "author_died_on": "作者死亡日",
    "expires_on": "登记簿所载届满日",
}
_PAST = tuple(name for name in DAY_WORDS if name != "expires_on")
_ORDER = (
    ("filed_on", "granted_on"),
    ("filed_on", "registered_on"),
    ("granted_on", "expires_on"),
    ("registered_on", "expires_on"),
    ("completed_on", "first_published_on"),
    ("priority_on", "filed_on"),
)
EMPTY: Contents = {
    "contract": {}, "filing": {}, "parties": {}, "rights": [], "owner_marks": None, "left_out": {},
}  # fmt: skip
CONTRACT_DAYS = {
    "begins_on": "债务履行期限起日",
    "signed_on": "质押合同签订日",
    "debt_ends_on": "债务履行期限届满日",
    "determined_on": "债权确定日",
}
AMOUNTS = {
    "amount_fen": "被担保债权数额", "secured_fen": "登记担保的数额", "ceiling_fen": "最高债权额", "value_fen": "评估价值",
}  # fmt: skip
DESCRIBED = ("title", "extent")
"""What papers say of a right and no rule asks for."""
SHOWN = ("well_known", "users")
"""What pages tell of a mark and no rule asks for."""
ONLY_TOLD = {
    "well_known": "已认定为驰名商标：没有查到因此对质押登记有何不同的规定，只供显示",
    "madrid": "马德里国际注册：没有查到领土延伸如何办理质权登记、保护期自何日起算，只供显示；届满日请照登记簿填写",
}
"""What is stated of a mark and followed by nothing, because no rule was found (brief: none in sections 4 and 7.2)."""


def as_written(contents: Contents, kind: str) -> Contents:
    """The statement with every right's number in its one writing, the mark's own number with it."""
    rights = []
    for right in contents["rights"]:
        number = written_number(right["number"], kind)
        mark = {"mark": {**right["mark"], "number": number}} if "mark" in right else {}
        rights.append({**right, "number": number, **mark})
    return {**contents, "rights": rights}


def rights_of(
    contents: Contents, kind: str, pledges: Mapping[str, tuple[OtherPledge, ...]] | None = None
) -> tuple[Right, ...]:
    """The rights as stated; `pledges` by number as written, where the platform knows of registered ones."""
    return tuple(_right(one, kind, (pledges or {}).get(one["number"])) for one in contents["rights"])


def _right(stated: Mapping[str, Any], kind: str, pledges: tuple[OtherPledge, ...] | None) -> Right:
    made = {
        name: value
        for name, value in stated.items()
        if name not in (*RIGHT_DAYS, *DESCRIBED, *SHOWN, "pledged_elsewhere", "value_fen")
    }
    made |= {name: kept_day(stated[name]) for name in RIGHT_DAYS if stated.get(name)}
    if "owners" in stated:
        made["owners"] = tuple(
            Owner(**{**owner, "consented_on": kept_day(owner["consented_on"])})
            if "consented_on" in owner
            else Owner(**owner)
            for owner in stated["owners"]
        )
    if "mark" in stated:
        made["mark"] = mark_of(stated["mark"])
    if pledges:
        made["pledges"] = pledges
    elif stated.get("pledged_elsewhere") is False:
        made["pledges"] = ()
    elif stated.get("pledged_elsewhere"):
        made["pledges"] = (OtherPledge("已有登记", dt.date.min),)
    return Right(kind=kind, **made)  # type: ignore[arg-type]


def only_told(contents: Contents) -> list[tuple[str, str]]:
    """(number, sentence) of what rights are stated to be without anything following from it.

    >>> only_told({"rights": [{"number": "1", "well_known": True}, {"number": "G1", "subtype": "ordinary"}]})[0][0]
    '1'
    """
    told = [
        (right["number"], sentence)
        for right in contents["rights"]
        for name, sentence in ONLY_TOLD.items()
        if right.get(name) is True or right.get("subtype") == name
    ]
    for right in contents["rights"]:
        owners = right.get("owners", ())
        if (
            None not in [share_of(one.get("share", "")) for one in owners]
            and 0 < (total := shares_told(owners)) < 1
        ):
            percent = yuan_text(int(total * 10_000))
            told.append((right["number"], f"各人份额合计 {percent}%，不足 100%，请核对是否有遗漏"))
    return told


def values_of(contents: Contents) -> dict[str, int]:
    """Fen that the parties stated as the value of a right, by its number as written; most state none."""
    return {one["number"]: one["value_fen"] for one in contents["rights"] if "value_fen" in one}


def mark_of(stated: Mapping[str, Any]) -> Mark:
    return Mark(
        stated["number"],
        stated["words"],
        frozenset(stated.get("classes", ())),
        frozenset(stated.get("similar_groups", ())),
        stated.get("family", ""),
    )


def filing_of(
    contents: Contents,
    *,
    kind: str,
    pledgor: str,
    rights: Sequence[Right],
    materials: Collection[str],
    declarations: Declarations,
) -> Filing:
    """The application as it would be handed in. Both apply: nothing leaves a file without both."""
    contract, marks = contents["contract"], contents.get("owner_marks")
    ends = contract.get("debt_ends_on")
    return Filing(
        kind=kind,  # type: ignore[arg-type]
        pledgor=pledgor,
        rights=tuple(rights),
        debtor=contract.get("debtor") or None,
        contract=Contract(
            terms=frozenset(contract["terms"]) if "terms" in contract else None,
            debt_ends_on=kept_day(ends) if ends else None,
            **{
                name: contract.get(name)
                for name in ("forfeiture_clause", "independence_clause", "breaks_law")
            },
        ),
        materials=frozenset(materials),
        declarations=declarations,
        owner_marks=None if marks is None else tuple(mark_of(mark) for mark in marks),
        left_out=contents["left_out"],
        both_apply=True,
        **contents["filing"],
    )


def party_name(contents: Contents, party: Party, otherwise: str) -> str:
    """A party's name as stated in the file, or as the platform has it."""
    name: str = contents.get("parties", {}).get(party, {}).get("name", "")
    return name or otherwise


def faults(book: RuleBook, contents: Contents, on: dt.date) -> list[Problem]:
    """Everything that cannot be true of a statement made on a day; what may be refused in law is the precheck's."""
    found = [
        Problem(f"合同 {label}", told, wanted, code)
        for label, told, wanted, code in contract_flaws(contents["contract"], on)
    ]
    seen: set[str] = set()
    if not contents["rights"]:
        found.append(Problem("出质权利", "一件也没有", "请至少填写一件", "no_right"))
    for place, right in enumerate(contents["rights"], 1):
        where = f"第{place}件"
        found += [
            Problem(f"{where} {one.label}", one.found, one.wanted, one.code)
            for one in right_flaws(book, right, on)
        ]
        plain = right_key(right["number"])
        if plain and plain in seen:
            found.append(Problem(f"{where} 号码", f"{right['number']} 填了两次", "每件权利只填一次", "twice"))
        seen.add(plain)
    return found


def contract_flaws(contract: Mapping[str, Any], on: dt.date) -> Iterator[tuple[str, str, str, str]]:
    """(label, found, wanted, code) of what cannot be true of the contract's days and amounts."""
    days = {name: dt.date.fromisoformat(contract[name]) for name in CONTRACT_DAYS if contract.get(name)}
    for name, day in days.items():
        if beyond(day):
            yield CONTRACT_DAYS[name], f"{day} 不像实际日期", WANTED, "day_bounds"
    if "signed_on" in days and days["signed_on"] > on:
        yield (
            CONTRACT_DAYS["signed_on"],
            f"{days['signed_on']} 晚于今天（{on}）",
            "请填写已经发生的日期",
            "future",
        )
    if "begins_on" in days and "debt_ends_on" in days and days["debt_ends_on"] < days["begins_on"]:
        told = f"{days['debt_ends_on']} 早于起日 {days['begins_on']}"
        yield CONTRACT_DAYS["debt_ends_on"], told, "末日不早于起日", "day_order"
    determined = days.get("determined_on")
    if determined and not contract.get("ceiling_fen"):
        wanted = "只用于最高额质押：请填写最高债权额，或不填确定日"
        yield CONTRACT_DAYS["determined_on"], "没有填写最高债权额", wanted, "no_ceiling"
    elif determined and "begins_on" in days and days["begins_on"] > determined:
        told = f"债务自 {days['begins_on']} 起，晚于确定日 {determined}"
        wanted = "确定日以后发生的债权不在最高额质押的担保范围内（民法典第423条、第439条）"
        yield CONTRACT_DAYS["determined_on"], told, wanted, "after_determination"
    for name, label in AMOUNTS.items():
        if contract.get(name) is not None and contract[name] <= 0:
            yield label, f"{yuan_text(contract[name], grouped=True)} 元", "应大于零；不清楚的不填", "amount"


@dataclass(frozen=True)
class Flaw:
    """What cannot be true of one right, at the field where the reader should look."""

    field: str
    label: str
    found: str
    wanted: str
    code: str


def right_flaws(book: RuleBook, right: Mapping[str, Any], on: dt.date) -> Iterator[Flaw]:
    """Everything that cannot be true of one right stated on a day: its number, its days, its users."""
    if right.get("number"):
        yield from _number_flaws(book, right["number"])
    days = {name: dt.date.fromisoformat(right[name]) for name in DAY_WORDS if right.get(name)}
    for name, day in days.items():
        if beyond(day):
            yield Flaw(name, DAY_WORDS[name], f"{day} 不像实际日期", WANTED, "day_bounds")
    paid = right.get("fees_paid_through") or 0
    if paid > MOST_FEE_YEARS:
        wanted = f"年度从 1 起算，不超过 {MOST_FEE_YEARS}"
        yield Flaw("fees_paid_through", "年费已缴至第几年度", f"第 {paid} 年度", wanted, "fee_year")
    for name in _PAST:
        if name in days and days[name] > on:
            yield Flaw(
                name, DAY_WORDS[name], f"{days[name]} 晚于今天（{on}）", "请填写已经发生的日期", "future"
            )
    for first, then in _ORDER:
        if first in days and then in days and days[then] < days[first]:
            found = f"{DAY_WORDS[then]} {days[then]} 早于{DAY_WORDS[first]} {days[first]}"
            yield Flaw(then, "日期", found, "请对照证书核对这两个日期", "day_order")
    if right.get("published") is False and "first_published_on" in days:
        found = f"填了首次发表日 {days['first_published_on']}，又填没有发表"
        yield Flaw("published", "已经发表", found, "已发表的改填“是”，没有发表的删去首次发表日", "day_order")
    for label, found, wanted, code in owner_flaws(right.get("owners", ()), on):
        yield Flaw("owners", label, found, wanted, code)
    for found, wanted, code in user_flaws(right.get("users", ()), right.get("subtype", ""), on):
        yield Flaw("users", "使用人名册", found, wanted, code)


def _number_flaws(book: RuleBook, number: str) -> Iterator[Flaw]:
    if book.kind == "trademark" and not is_trademark_number(number):
        wanted = "请填写注册证上的注册号，例如 58940600"
        yield Flaw("number", "号码", f"{number} 不像商标注册号", wanted, "number")
    if book.kind != "patent":
        return
    patent = patent_number(number)
    if patent is None:
        published = is_publication_number(number)
        found = f"{number} 是公开（公告）号，不是专利号" if published else f"{number} 不像专利号"
        wanted = "请填写专利证书上的专利号，例如 ZL201710601862.3"
        yield Flaw("number", "号码", found, wanted, "number")
    elif not patent.check_holds:
        found = f"{number} 的校验位不符，应为 {patent.expected_check}"
        yield Flaw("number", "号码", found, "请对照专利证书改正", "check_digit")
