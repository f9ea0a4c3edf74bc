"""Inputs come in: one by one on a page, many by a workbook or CSV, by machine. All or nothing, with every fault at once.

Lock order: none. A correction is a later row: another statement of the same day by the same house stands in its place.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.queries import enterprises
from finance.parties.rules import plain_credit_code
from finance.parties.seats import permit
from kernel.acts.actions import record_all
from kernel.chinese import in_chinese
from kernel.errors import Problem, refuse_if_any
from valuation.cards.queries import card_for
from valuation.scores.models import InputFact
from valuation.scores.published import sources
from valuation.scores.queries.consents import enterprises_allowing, sources_allowed
from valuation.scores.queries.gathering import adoptable, item_name
from valuation.scores.rules import Stated, faults_of, item_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from kernel.documents.models import StoredFile

STATES = ("bank.maker", "enterprise.owner", "ip_bureau.clerk", "finance_bureau.officer")
MOST_ROWS = 5000


def may_state_of(*, viewer: Membership, on: dt.date) -> QuerySet[Organisation]:
    """Of whom a viewer may state inputs: a bank of those who allow it, others of whom they see."""
    if viewer.organisation.kind == Organisation.Kind.BANK:
        return enterprises_allowing(viewer=viewer, on=on)
    return enterprises(viewer=viewer)


@in_chinese
@transaction.atomic
def record_inputs(
    *, by: Membership, rows: Sequence[tuple[str, str, Stated]], on: dt.date, file: StoredFile | None = None
) -> list[InputFact]:
    """Keep stated inputs: (place, credit code, row) each. Refused, all at once, with the place of every fault."""
    permit(by, *STATES)
    if not rows or len(rows) > MOST_ROWS:
        refuse_if_any([Problem("数据", f"{len(rows)} 行", f"一次 1 至 {MOST_ROWS} 行", "rows")])
    _, _, card = card_for(None, on)
    rows = [
        (place, plain_credit_code(code) if isinstance(code, str) else code, row) for place, code, row in rows
    ]
    codes = {code for _, code, _ in rows if isinstance(code, str) and len(code) == 18}
    firms = {one.credit_code: one for one in may_state_of(viewer=by, on=on).filter(credit_code__in=codes)}
    allowed = {code: sources_allowed(by.organisation, firm, on) for code, firm in firms.items()}
    problems: list[Problem] = []
    said: dict[tuple[object, ...], str] = {}
    for place, code, row in rows:
        found = faults_of(card, row, on)
        item = item_of(card, row.item) if not found else None
        if item:  # of two that contradict each other nobody could say which was meant
            stated = (code, item.id, row.subject, row.known_on)
            if (first := said.setdefault(stated, place)) != place:
                wanted = "同一企业、同一项、同一查询日在一次填报中只写一次"
                found.append(Problem(item.label, f"与{first}重复", wanted, "twice"))
        if code not in firms:
            found.insert(
                0, Problem("统一社会信用代码", _short(code), "本机构可录入的企业（银行须先取得授权）", "firm")
            )
        elif item and firms[code].pk != by.organisation_id:  # of oneself one speaks freely
            source = sources().of(item.id)
            if source.consent and source.id not in allowed[code]:
                found.append(
                    Problem(
                        item.label, f"企业没有授权“{source.name}”", "取得授权后再查询和录入", "no_consent"
                    )
                )
        problems += [
            Problem(f"{place} {one.where}".strip(), one.found, one.wanted, one.code) for one in found
        ]
    refuse_if_any(problems)
    before = _standing(by, list(firms.values()))
    kept = []
    for _, code, row in rows:
        item = item_of(card, row.item)
        assert item is not None
        assert isinstance(row.known_on, str)
        key = (firms[code].pk, item.scope, row.subject, item.name)
        same_day = before.get((*key, dt.date.fromisoformat(row.known_on)))
        fact = InputFact.objects.create(
            enterprise=firms[code], scope=item.scope, subject=row.subject, name=item.name, state=row.state,
            value=row.value, source=row.source, source_kind=sources().of(item.id).id,
            known_on=row.known_on, house_id=by.organisation_id, recorded_by=by.account, file=file,
            corrects=same_day,
        )  # fmt: skip
        fact.known_on = dt.date.fromisoformat(row.known_on)
        before[(*key, fact.known_on)] = fact
        kept.append(fact)
    told: list[tuple[InputFact, str, dict[str, str]]] = [
        (fact, f"评分数据 {fact.name} {fact.value or fact.get_state_display()}", {}) for fact in kept
    ]
    record_all(by=by, verb="score.input", told=told)
    return kept


@in_chinese
@transaction.atomic
def adopt_inputs(
    *, by: Membership, enterprise: Organisation, facts: Sequence[UUID], on: dt.date
) -> list[InputFact]:
    """Take over what an enterprise said of itself, once its proof was seen: rows of the house's own, as of the same days.

    Refused: nothing chosen, a row that is not open to the house.
    """
    permit(by, *(seat for seat in STATES if seat != "enterprise.owner"))
    open_to = {row.pk: row for row in adoptable(viewer=by, enterprise=enterprise, on=on)}
    if not facts or any(pk not in open_to for pk in facts):
        found = "没有选择" if not facts else "所选的数据已变动或不可采用"
        refuse_if_any([Problem("企业自述的数据", found, "在列表中选择已核实的项目", "adopt")])
    chosen = [open_to[pk] for pk in dict.fromkeys(facts)]
    rows = [
        ("", enterprise.credit_code, Stated(
            item_name(row), row.subject, row.state, row.value,
            f"{row.source[:160]}（企业提供，已核实）", row.known_on.isoformat(),
        ))
        for row in chosen
    ]  # fmt: skip
    return record_inputs(by=by, rows=rows, on=on)


def _standing(by: Membership, firms: Sequence[Organisation]) -> dict[tuple[object, ...], InputFact]:
    """The house's own statements that nothing has corrected, by firm, item and day."""
    rows = InputFact.objects.filter(
        house=by.organisation_id, enterprise__in=firms, corrected_by__isnull=True
    )  # fmt: skip
    return {
        (row.enterprise_id, row.scope, row.subject, row.name, row.known_on): row
        for row in rows.order_by("pk")
    }


def _short(code: object) -> str:
    text = code if isinstance(code, str) else str(code)
    return f"没有可录入的企业 {text[:24]}" if text else "未填写"
