"""The workbook on which many rights are entered into a file: its columns by kind of right, and its rows as stated rights.

Read, checked, marked and drawn by `kernel.sheets` like the workbooks of loans. What cannot be true of a right is found by
the same rules as on the page (`rules.stated`); what may be refused in law is the precheck's.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finance.pledges.rules import right_key
from finance.pledges.rules.book import RuleBook
from finance.pledges.rules.bounds import MOST_FEE_YEARS
from finance.pledges.rules.owners import consent_words, consent_written
from finance.pledges.rules.stated import right_flaws
from kernel.sheets import Column, Form, RowFlaw
from kernel.sheets.cells import Cell, folded
from kernel.sheets.columns import Reading, Values, unread
from kernel.sheets.figures import Day, Whole
from kernel.sheets.grammars import Choice, Code, Text, YesNo

VERSION = 1
MOST_RIGHTS = 500  # as many as a paper lists (kernel.documents.rules.MOST_ROWS)
STATUSES = {"审查中": "pending", "有效": "in_force", "已终止": "ended", "已被宣告无效": "invalidated"}
NUMBERS = {
    "patent": ("专利号", "ZL201710601862.3"),
    "trademark": ("商标注册号", "58940600"),
    "copyright": ("著作权登记号", "2020SR0123456"),
    "layout": ("布图设计登记号", "BS.205012345"),
}
ALIASES = ("号码", "权利编号", "注册号", "登记号")
TITLES = {"patent": "专利名称", "trademark": "商标文字", "copyright": "作品名称", "layout": "布图设计名称"}
DAYS = {
    "patent": {"filed_on": "申请日", "granted_on": "授权公告日", "priority_on": "优先权日"},
    "trademark": {"registered_on": "注册日"},
    "copyright": {
        "completed_on": "创作完成日",
        "first_published_on": "首次发表日",
        "author_died_on": "作者死亡日",
    },
    "layout": {
        "filed_on": "申请日",
        "registered_on": "登记日",
        "completed_on": "创作完成日",
        "first_used_on": "首次商业利用日",
    },
}
RENEWABLE = ("patent", "trademark")  # kinds whose register states a last day of its own
FLAGS = {
    "patent": {
        "suspended": "因权属纠纷中止程序", "preserved": "被法院保全", "under_invalidation": "无效宣告程序进行中",
        "same_day_invention": "同日申请了发明专利",
    },
    "trademark": {"preserved": "被法院保全", "renewal_filed": "已申请续展"},
    "copyright": {"published": "已经发表", "preserved": "被法院保全", "disputed": "权属有争议"},
    "layout": {"preserved": "被法院保全"},
}  # fmt: skip
SHARED_FLAGS = {"agreement_lets_each": "共有人约定可各自出质", "pledged_elsewhere": "另有登记在册的质押"}
CONSENTS = {"同意": True, "不同意": False}


@dataclass(frozen=True)
class Owners:
    """Owners of a right in one cell: 甲公司；乙公司|同意 2026-01-31. Who has not answered stands by name only."""

    kind: str = "text"
    wanted: str = "多人用“；”分隔；共有人写“名称|同意 2026-01-31|份额”或“名称|不同意”，同意日、份额可不写"

    def read(self, cell: Cell) -> Reading:
        """The owners as the statement keeps them."""
        owners = []
        for written in re.split(r"[;；\n\r]+", cell.text):
            parts = [part.strip() for part in written.replace("｜", "|").split("|")]
            if parts == [""]:
                continue
            name, said, share = [*parts, "", ""][:3]
            answer = consent_written(said, CONSENTS)
            if not name or len(parts) > 3 or answer is None or (len(parts) == 2 and not said):
                return unread("bad_owner", f"“{written.strip()[:40]}”不是权利人", self.wanted)
            owners.append({"name": name} | answer | ({"share": share[:40]} if share else {}))
        return Reading(tuple(owners))


@dataclass(frozen=True)
class Classes:
    """Nice classes in one cell: 9、42."""

    kind: str = "text"

    def read(self, cell: Cell) -> Reading:
        """A sorted tuple of whole numbers from 1 to 45."""
        parts = re.split(r"[;；、,， ]+", folded(cell.text))
        bad = [part for part in parts if part and not (part.isdecimal() and 1 <= int(part) <= 45)]
        if bad:
            return unread("bad_class", f"“{bad[0][:20]}”不是类别", "请填 1 至 45，多个用顿号隔开，例如 9、42")
        return Reading(tuple(sorted({int(part) for part in parts if part})))


def form_of(book: RuleBook) -> Form:
    """The workbook of a kind of right."""
    kind = book.kind
    header, example = NUMBERS[kind]
    # the headings of the other kinds too, so that a workbook of another kind is told by its name
    aliases = (*ALIASES, *(other for other, _ in NUMBERS.values() if other != header))
    columns = [
        Column("number", header, Code(f"请照证书填写，例如 {example}", longest=40), required=True, aliases=aliases,
               example=example, width=24),
        Column("title", TITLES[kind], Text(200), width=30),
        Column("subtype", "类型", Choice(tuple(book.subtypes.values())), width=14) if book.subtypes else None,
        Column("status", "法律状态", Choice(tuple(STATUSES)), help="不清楚的留空"),
        Column("owners", "权利人", Owners(), help=Owners().wanted, width=36),
        *(Column(key, label, Day(), help="YYYY-MM-DD") for key, label in DAYS[kind].items()),
        Column("expires_on", "登记簿所载届满日", Day(), help="有续展、期限补偿的填写") if kind in RENEWABLE else None,
        Column("fees_paid_through", "年费已缴至第几年度", Whole(0, MOST_FEE_YEARS), width=20) if book.annual_fee else None,
        Column("classes", "类别", Classes(), example="9", help="例如 9、42") if kind == "trademark" else None,
        Column("extent", "出质的权利", Text(200), help="例如复制权、信息网络传播权") if kind == "copyright" else None,
        *(Column(key, label, YesNo(), help="不清楚的留空") for key, label in {**FLAGS[kind], **SHARED_FLAGS}.items()),
    ]  # fmt: skip

    def can_be_true(values: Values, on: dt.date, parameters: Any, context: Any) -> Iterator[RowFlaw]:
        right = {**_dated(values), "owners": values.get("owners") or ()}
        known = {column.key for column in columns if column is not None}
        for one in right_flaws(book, right, on):
            yield RowFlaw(one.field if one.field in known else "number", one.code, one.found, one.wanted)

    return Form(
        act=f"rights.{kind}",
        title=f"质押登记权利清单（{book.title.removesuffix('质押登记').removesuffix('质权登记')}）",
        version=VERSION,
        columns=tuple(column for column in columns if column is not None),
        identity=("number",),
        row_rules=(can_be_true,),
        across_rules=(number_once,),
        notes=(
            "一行一件权利；案件里已有的同一号码，以本表所填为准，没有列入本表的权利不变。",
            "从示例行的下一行开始填写；以“示例”开头的行不读入。",
            "不清楚的一律留空，不要猜。",
        ),
    )


def number_once(
    rows: Sequence[tuple[int, Values]], on: dt.date, parameters: Any, context: Any
) -> Iterator[tuple[int, RowFlaw]]:
    """One right stands in one row, however its number is written."""
    places: dict[str, list[int]] = {}
    for row, values in rows:
        if values.get("number"):
            places.setdefault(right_key(values["number"]), []).append(row)
    for met in places.values():
        for row in met if len(met) > 1 else ():
            others = "、".join(f"第{other}行" for other in met[:6] if other != row)
            yield row, RowFlaw("number", "twice", f"同一权利在{others}也出现", "每件权利只填一行")


def stated(book: RuleBook, values: Values) -> dict[str, Any]:
    """A row without errors as a right of the statement; what was left blank has no entry."""
    right = {key: value for key, value in _dated(values).items() if value is not None}
    if "subtype" in right:
        right["subtype"] = {title: name for name, title in book.subtypes.items()}[right["subtype"]]
    if "status" in right:
        right["status"] = STATUSES[right["status"]]
    if "owners" in right:
        right["owners"] = list(right["owners"])
    classes = right.pop("classes", ())
    if book.kind == "trademark" and "title" in right:
        right["mark"] = {"number": right["number"], "words": right.pop("title"), "classes": list(classes)}
    return right


def filled(book: RuleBook, right: Mapping[str, Any]) -> dict[str, Any]:
    """A stated right as a row of the workbook: the inverse of `stated`."""
    mark = right.get("mark", {})
    statuses = {name: word for word, name in STATUSES.items()}
    days = {
        key: dt.date.fromisoformat(right[key]) for key in (*DAYS[book.kind], "expires_on") if right.get(key)
    }
    words = {said: word for word, said in CONSENTS.items()}
    owners = [
        "|".join((one["name"], consent_words(one, words), one.get("share", ""))).rstrip("|")
        for one in right.get("owners", ())
    ]
    return {
        **right,
        **days,
        "title": right.get("title") or mark.get("words"),
        "classes": "、".join(str(one) for one in mark.get("classes", ())) or None,
        "subtype": book.subtypes.get(right.get("subtype", "")),
        "status": statuses.get(right.get("status", "")),
        "owners": "；".join(owners) or None,
    }


def laid_over(
    before: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]],
    form: Form,
    *,
    only_these: bool = False,
) -> list[dict[str, Any]]:
    """The rights of a file once the rows are in: same numbers restated in their places, new ones behind.

    What a right says beyond the columns of the workbook stays. `only_these`: rights that are in no row are taken out.
    """
    asked = {"mark", *(column.key for column in form.columns)}
    new = {right_key(row["number"]): dict(row) for row in rows}
    kept = []
    for right in before:
        row = new.pop(right_key(right["number"]), None)
        beyond = {name: value for name, value in right.items() if name not in asked}
        if row is not None:
            if "mark" in row:
                row["mark"] = {**right.get("mark", {}), **row["mark"]}
            kept.append(beyond | row)
        elif not only_these:
            kept.append(dict(right))
    return [*kept, *new.values()]


def _dated(values: Values) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in values.items()}
