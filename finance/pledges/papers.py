"""The papers that are handed in with a registration: application form, commitment, schedule of the pledge contract.

    paper = paper_of("application", particulars, on=day)
    issue_paper(by=member, at=now, subject=file, paper=paper)        # in a worker: rendering takes a third of a second

Which fields a paper has is data (`policies/registration/papers/`). A value nobody has entered stays an empty box, and the
paper names those boxes at its end; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from finance.parties.rules import name_key
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.facts import Filing, Right
from finance.pledges.rules.forms import Field, Form, PaperName, Section, load_forms
from finance.pledges.rules.identifiers import written_number
from finance.pledges.rules.loading import Library, load_library
from finance.pledges.rules.terms import expiry
from kernel.documents.actions import issue
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money import capitals, yuan_text

if TYPE_CHECKING:
    from django.db.models import Model

    from finance.parties.models import Membership
    from finance.pledges.rules.book import RuleBook
    from kernel.documents.models import IssuedDocument

TEMPLATE = "pdf/pledge_paper.html"
ONE_LINE = frozenset({
    "right.number", "right.filed_on", "right.granted_on", "right.registered_on", "right.completed_on",
    "right.first_published_on", "right.last_day",
})  # fmt: skip
"""Columns whose cells are numbers or days: broken over two lines they cannot be compared."""
SHORT = 6
SIDES = {"pledgor": "出质人", "pledgee": "质权人"}
SEAL_WORDS = {"pledgor": "出质人（盖章）", "pledgee": "质权人（盖章）"}


@dataclass(frozen=True)
class Party:
    """A party as a form asks for it; "" is not known."""

    name: str
    id_number: str = ""
    id_kind: str = "统一社会信用代码"
    address: str = ""
    representative: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Debt:
    """The claim that is secured. Amounts in fen; `ceiling_fen` only for a pledge of a maximum amount (最高额质权).

    `secured_fen` is what the registration secures where it is not the whole claim.
    """

    kind: str = ""
    amount_fen: int | None = None
    secured_fen: int | None = None
    ceiling_fen: int | None = None
    begins_on: dt.date | None = None
    scope: str = ""
    principal_contract: str = ""
    pledge_contract: str = ""
    signed_on: dt.date | None = None


@dataclass(frozen=True)
class Described:
    """What a form says of a right beyond its facts: its title (a mark's words), what of it is pledged."""

    title: str = ""
    extent: str = ""


@dataclass(frozen=True)
class Particulars:
    """A filing with the parties, the debt and the titles of its rights by number."""

    filing: Filing
    pledgor: Party
    pledgee: Party
    debt: Debt = Debt()
    described: Mapping[str, Described] = field(default_factory=dict)
    agent: str = ""
    value_fen: int | None = None
    appraiser: str = ""


@dataclass(frozen=True)
class Paper:
    """A paper ready to be issued; `blank` are the boxes for which nothing was entered."""

    kind: str
    title: str
    content: Mapping[str, Any]

    @property
    def blank(self) -> tuple[str, ...]:
        return tuple(self.content["blank"])


def paper_of(name: PaperName, particulars: Particulars, *, on: dt.date) -> Paper:
    """One of the three papers, by the forms and the rules of the day; refused with every contradiction in it."""
    filing = particulars.filing
    form = forms().get(filing.kind)
    if form is None:
        wanted = "这类权利没有见到登记表式，请由法务与登记机构商定"
        raise Refused(Problem("文书", "没有可用的表式", wanted, code="no-form"))
    book = rule_books().on(filing.kind, on)
    if book is None:
        raise Refused(Problem("办理日", f"{on} 没有生效的登记规则", "请核对日期", code="no-rules"))
    refuse_if_any(contradictions(particulars))
    return Paper(f"pledge.{name}", form[name].title, content_of(form[name], particulars, book, on))


def issue_paper(*, by: Membership, at: dt.datetime, subject: Model, paper: Paper) -> IssuedDocument:
    """Issue it as a numbered PDF with empty seal fields for both parties. In a worker, after the business is committed."""
    return issue(
        by=by,
        at=at,
        kind=paper.kind,
        title=paper.title,
        template=TEMPLATE,
        content=paper.content,
        subject=subject,
    )


@cache
def forms() -> Mapping[str, Mapping[PaperName, Form]]:
    """The forms of this installation, read once."""
    return load_forms(settings.POLICIES_DIR / "registration" / "papers", FILLED, OF_A_RIGHT)


@cache
def rule_books() -> Library:
    """The rule books of this installation, read once."""
    return load_library(settings.POLICIES_DIR / "registration")


def contradictions(one: Particulars) -> list[Problem]:
    """What in these particulars cannot stand together on one paper."""
    filing, debt = one.filing, one.debt
    found = []
    if name_key(one.pledgor.name) != name_key(filing.pledgor):
        found.append(
            Problem("出质人", f"{one.pledgor.name} 与申请中的 {filing.pledgor} 不同", "请写同一名称")
        )
    if name_key(one.pledgor.name) == name_key(one.pledgee.name):
        found.append(Problem("质权人", f"{one.pledgee.name} 同时是出质人", "出质人与质权人须为两方"))
    if not filing.rights:
        found.append(Problem("出质权利", "一件也没有", "请至少列入一件权利"))
    found += [
        Problem(f"权利 {right.number}", "与申请不是同一类权利", "一份申请只列一类，其他类另行申请")
        for right in filing.rights
        if right.kind != filing.kind
    ]
    numbers = [right.number for right in filing.rights]
    found += [
        Problem(f"权利 {number}", "列了两次", "每件权利只列一次")
        for number in sorted({one for one in numbers if numbers.count(one) > 1})
    ]
    ends_on = filing.contract.debt_ends_on
    if debt.begins_on and ends_on and ends_on < debt.begins_on:
        found.append(Problem("债务履行期限", f"{ends_on} 早于起日 {debt.begins_on}", "末日不早于起日"))
    amounts = (
        ("债权数额", debt.amount_fen),
        ("担保金额", debt.secured_fen),
        ("最高债权额", debt.ceiling_fen),
    )
    found += [
        Problem(label, yuan_text(fen, grouped=True), "应大于零")
        for label, fen in amounts
        if fen is not None and fen <= 0
    ]
    return found


def content_of(
    form: Form,
    one: Particulars,
    book: RuleBook,
    on: dt.date,
    *,
    filled: Mapping[str, Callable[[Any], str]] | None = None,
) -> dict[str, Any]:
    """What a form says of these particulars: its sections, the list of rights, the seal places, and which boxes are empty.

    `filled` are the values that fields may ask for, where there are more than `FILLED`.
    """
    values: Mapping[str, Callable[[Any], str]] = FILLED if filled is None else filled
    blank: list[str] = []

    def told(label: str, value: str) -> str:
        if not value and label not in blank:
            blank.append(label)
        return value

    sections = [_boxes(section, one, values, told) for section in form.sections]
    columns = form.rights.fields
    rows = [
        [str(place), *(told(f"清单·{box.label}", OF_A_RIGHT[box.value](one, right, book)) for box in columns)]
        for place, right in enumerate(one.filing.rights, 1)
    ]
    return {
        "registry": book.registry,
        "on": on.isoformat(),
        "sections": sections,
        "rights": {
            "heading": form.rights.heading,
            "columns": ["序号", *(box.label for box in columns)],
            "on_one_line": [1, *(at for at, box in enumerate(columns, 2) if _on_one_line(box, rows, at))],
            "rows": rows,
        },
        "promise": form.promise,
        "sentences": list(form.sentences),
        "seals": [
            {"field": f"seal_{party}", "issuer": SEAL_WORDS[party], "day": "　　　　年　　月　　日"}
            for party in form.seals
        ],
        "source": f"{form.article}（{form.source}）",
        "mark": CONFIDENCE[form.confidence][0],
        "rules": book.id,
        "blank": blank,
    }


def _boxes(
    section: Section, one: Any, values: Mapping[str, Callable[[Any], str]], told: Callable[[str, str], str]
) -> dict[str, Any]:
    """The boxes of a section: one beside its label, or the two parties' beside each other."""
    if section.sides:
        columns = [
            [told(f"{words}·{box.label}", values[f"{side}.{box.value}"](one)) for box in section.fields]
            for side, words in SIDES.items()
        ]
        rows = [list(row) for row in zip([box.label for box in section.fields], *columns, strict=True)]
        return {"heading": section.heading, "sides": ["", *SIDES.values()], "rows": rows}
    terms = [
        [box.label, told(f"{section.heading}·{box.label}", values[box.value](one))]
        for box in section.fields
        if not (box.when_told and not values[box.value](one))
    ]
    return {"heading": section.heading, "terms": terms}


def _on_one_line(box: Field, rows: list[list[str]], at: int) -> bool:
    """Whether a column of the list is never broken: numbers and days, and whatever is short."""
    return box.value in ONE_LINE or max((len(row[at - 1]) for row in rows), default=0) <= SHORT


def amount_text(fen: int | None) -> str:
    """An amount in figures and capitals, "" where it is not known."""
    return "" if fen is None else f"{yuan_text(fen, grouped=True)} 元（{capitals(fen)}）"


def day_text(day: dt.date | None) -> str:
    """A day as a form writes it, "" where it is not known."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _yes(flag: bool | None) -> str:
    return "" if flag is None else ("是" if flag else "否")


def _term(one: Particulars) -> str:
    begins, ends = one.debt.begins_on, one.filing.contract.debt_ends_on
    return f"{day_text(begins)}至{day_text(ends)}" if begins and ends else ""


def _agent(one: Particulars) -> str:
    return "不委托" if one.filing.agent_used is False else one.agent


def _ceiling(one: Particulars) -> str:
    return amount_text(one.debt.ceiling_fen) or "非最高额质押"


def _if_valued(one: Particulars, value: str) -> str:
    return "未评估" if one.filing.valued is False else value


def _owners(right: Right) -> str:
    return "、".join(
        f"{owner.name}（{owner.share}）" if owner.share else owner.name for owner in right.owners or ()
    )


def _number(right: Right) -> str:
    number = written_number(right.number, right.kind)
    return f"ZL{number}" if right.kind == "patent" and not number.startswith("ZL") else number


def _last_day(right: Right, book: RuleBook) -> str:
    found = expiry(book, right)
    return (
        day_text(found.last_day) if found and not found.bound else ""
    )  # a provisional day is no day of a paper


def _classes(right: Right) -> str:
    return "、".join(f"第{one}类" for one in sorted(right.mark.classes)) if right.mark else ""


def _title(one: Particulars, right: Right) -> str:
    described = one.described.get(right.number, Described()).title
    return described or (right.mark.words if right.mark else "")


def _party(name: str, part: str) -> Callable[[Particulars], str]:
    return lambda one: getattr(getattr(one, name), part)


FILLED: Mapping[str, Callable[[Particulars], str]] = {
    **{
        f"{party}.{part}": _party(party, part)
        for party in ("pledgor", "pledgee")
        for part in ("name", "id_kind", "id_number", "address", "representative", "contact", "phone")
    },
    "agent": _agent,
    "debt.debtor": lambda one: one.filing.debtor or "",
    "debt.kind": lambda one: one.debt.kind,
    "debt.amount": lambda one: amount_text(one.debt.amount_fen),
    "debt.secured": lambda one: amount_text(
        one.debt.amount_fen if one.debt.secured_fen is None else one.debt.secured_fen
    ),
    "debt.ceiling": _ceiling,
    "debt.term": _term,
    "debt.scope": lambda one: one.debt.scope,
    "debt.principal_contract": lambda one: one.debt.principal_contract,
    "debt.pledge_contract": lambda one: one.debt.pledge_contract,
    "debt.signed_on": lambda one: day_text(one.debt.signed_on),
    "rights.count": lambda one: f"{len(one.filing.rights)} 件",
    "valued": lambda one: _yes(one.filing.valued),
    "value.amount": lambda one: _if_valued(one, amount_text(one.value_fen)),
    "value.appraiser": lambda one: _if_valued(one, one.appraiser),
    "licensed_before": lambda one: _yes(one.filing.licensed_before),
}
"""What a field may ask for; "" is an empty box."""

OF_A_RIGHT: Mapping[str, Callable[[Particulars, Right, RuleBook], str]] = {
    "right.title": lambda one, right, book: _title(one, right),
    "right.extent": lambda one, right, book: one.described.get(right.number, Described()).extent,
    "right.number": lambda one, right, book: _number(right),
    "right.subtype": lambda one, right, book: book.subtypes.get(right.subtype or "", ""),
    "right.classes": lambda one, right, book: _classes(right),
    "right.owners": lambda one, right, book: _owners(right),
    "right.filed_on": lambda one, right, book: day_text(right.filed_on),
    "right.granted_on": lambda one, right, book: day_text(right.granted_on),
    "right.registered_on": lambda one, right, book: day_text(right.registered_on),
    "right.completed_on": lambda one, right, book: day_text(right.completed_on),
    "right.first_published_on": lambda one, right, book: day_text(right.first_published_on),
    "right.last_day": lambda one, right, book: _last_day(right, book),
}
"""What a column of the list of rights may ask for."""
