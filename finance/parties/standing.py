"""Stating how an enterprise stands: its figures of a year, and credit facts that a bureau records and takes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import money_of

from .models import CreditFact, EnterpriseFigures, Organisation
from .published import credit_kinds, size_standard
from .queries import enterprises
from .seats import permit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from uuid import UUID

    from .models import Membership

RECORDERS = ("finance_bureau.officer", "ip_bureau.clerk")
FIRST_YEAR = 1949


@dataclass(frozen=True)
class StatedFigures:
    """Figures of one year: persons, and fen; what is not stated is None."""

    year: int
    industry: str
    staff: int | None
    revenue_fen: int | None
    assets_fen: int | None
    source: str


@dataclass(frozen=True)
class StatedCredit:
    """A credit fact as a bureau states it; without `expires_on` it counts until it is withdrawn."""

    kind: str
    source: str
    document_no: str
    decided_on: dt.date
    expires_on: dt.date | None


@transaction.atomic
def state_figures(
    *, by: Membership | None, enterprise: Organisation, stated: StatedFigures, on: dt.date
) -> EnterpriseFigures:
    """Record an enterprise's figures of a year; a correction is the next statement, the same again adds nothing.

    An enterprise states its own, which nobody has checked; a finance bureau states those of its region from the originals.
    """
    permit(by, "enterprise.owner", "finance_bureau.officer")
    _refuse_if_unseen(by, enterprise)
    refuse_if_any(_faults_of_figures(stated, on))
    own = by is None or by.organisation_id == enterprise.pk
    Evidence = EnterpriseFigures.Evidence
    row = EnterpriseFigures(
        enterprise=enterprise, year=stated.year, industry=stated.industry, staff=stated.staff,
        revenue=None if stated.revenue_fen is None else money_of(stated.revenue_fen),
        assets=None if stated.assets_fen is None else money_of(stated.assets_fen),
        source=stated.source.strip(), evidence=Evidence.STATED if own else Evidence.SEEN,
        known_on=on, recorded_by=by.account if by else None,
    )  # fmt: skip
    last = EnterpriseFigures.objects.filter(enterprise=enterprise, year=stated.year).order_by("-id").first()
    if last is not None and _content(last) == _content(row):
        return last
    row.save()
    again = "更正" if last else "填报"
    record(
        by=by, verb="figures.state", subject=enterprise, summary=f"{again} {stated.year} 年企业规模数据",
        facts={"figures": row.pk, "year": stated.year},
    )  # fmt: skip
    return row


def _content(row: EnterpriseFigures) -> tuple[object, ...]:
    return row.industry, row.staff, row.revenue, row.assets, row.source, row.evidence


def _faults_of_figures(stated: StatedFigures, on: dt.date) -> Iterator[Problem]:
    if not FIRST_YEAR <= stated.year <= on.year:
        yield Problem("年度", f"{stated.year}", f"请填写 {FIRST_YEAR} 至 {on.year} 之间的年度", "figures")
    if stated.industry not in size_standard().industries:
        yield Problem("行业", stated.industry or "未填写", "请从划型标准的行业中选择", "figures")
    amounts = (("从业人员", stated.staff), ("营业收入", stated.revenue_fen), ("资产总额", stated.assets_fen))
    for where, figure in amounts:
        if figure is not None and figure < 0:
            yield Problem(where, "小于零", "请填写不小于零的数", "figures")
    if all(figure is None for _, figure in amounts):
        yield Problem("指标", "一项也没有填", "至少填写从业人员、营业收入、资产总额之一", "figures")
    if not stated.source.strip():
        yield Problem("出处", "未填写", "请写明依据，如“2025年度审计报告”", "figures")


@transaction.atomic
def record_credit_fact(
    *, by: Membership, enterprise: Organisation, stated: StatedCredit, on: dt.date
) -> CreditFact:
    """Record a credit fact of an enterprise of one's region. Refused: one that is recorded already and not withdrawn."""
    permit(by, *RECORDERS)
    _refuse_if_unseen(by, enterprise)
    problems = list(_faults_of_credit(stated, on))
    standing = CreditFact.objects.filter(
        enterprise=enterprise, kind=stated.kind, document_no=stated.document_no.strip(),
        withdraws__isnull=True, withdrawal__isnull=True,
    )  # fmt: skip
    if standing.exists():
        problems.append(
            Problem("文号", f"{stated.document_no} 已有记录", "不要重复记录；有误的请先撤销", "credit")
        )
    refuse_if_any(problems)
    fact = CreditFact.objects.create(
        enterprise=enterprise, kind=stated.kind, source=stated.source.strip(),
        document_no=stated.document_no.strip(), decided_on=stated.decided_on, expires_on=stated.expires_on,
        house=by.organisation, known_on=on, recorded_by=by.account,
    )  # fmt: skip
    name = credit_kinds()[stated.kind].name
    record(
        by=by, verb="credit.record", subject=enterprise, summary=f"记录信用事项：{name}（{fact.document_no}）",
        facts={"fact": str(fact.pk), "decided_on": stated.decided_on.isoformat()},
    )  # fmt: skip
    return fact


def _faults_of_credit(stated: StatedCredit, on: dt.date) -> Iterator[Problem]:
    if stated.kind not in credit_kinds():
        yield Problem("种类", stated.kind or "未填写", "请从列表中选择", "credit")
    for where, text in (("作出机关", stated.source), ("文号", stated.document_no)):
        if not text.strip():
            yield Problem(where, "未填写", "请照文书填写", "credit")
    if stated.decided_on > on:
        yield Problem("决定日", f"{stated.decided_on} 晚于今天", "请照文书填写", "credit")
    if stated.expires_on is not None and stated.expires_on < stated.decided_on:
        yield Problem("期限至", f"{stated.expires_on} 早于决定日", "含当日；没有期限的不填", "credit")


@transaction.atomic
def withdraw_credit_fact(
    *, by: Membership, fact_id: UUID, reason: str, decided_on: dt.date, on: dt.date
) -> CreditFact:
    """Take back a fact from a day on, by the house that recorded it; the fact stays to be read. Refused a second time."""
    permit(by, *RECORDERS)
    fact = CreditFact.objects.get(
        pk=fact_id, withdraws__isnull=True, enterprise__in=enterprises(viewer=by).order_by()
    )
    problems = []
    if fact.house_id != by.organisation_id:
        problems.append(Problem("记录单位", f"由{fact.house.name}记录", "请由记录单位撤销", "not_permitted"))
    if CreditFact.objects.filter(withdraws=fact).exists():
        problems.append(Problem("信用事项", "已撤销", "无需再次撤销", "withdrawn_already"))
    if not reason.strip():
        problems.append(Problem("撤销原因", "未填写", "请写明依据，如信用修复决定的文号", "credit"))
    if not fact.decided_on <= decided_on <= on:
        problems.append(
            Problem("撤销日", f"{decided_on}", f"请填写 {fact.decided_on} 至今天之间的日期", "credit")
        )
    refuse_if_any(problems)
    row = CreditFact(
        enterprise=fact.enterprise, kind=fact.kind, source=fact.source, document_no=fact.document_no,
        decided_on=decided_on, withdraws=fact, reason=reason.strip(), house=by.organisation, known_on=on,
        recorded_by=by.account,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as taken:  # two at once
        raise Refused(Problem("信用事项", "已撤销", "无需再次撤销", "withdrawn_already")) from taken
    record(
        by=by, verb="credit.withdraw", subject=fact.enterprise,
        summary=f"撤销信用事项：{credit_kinds()[fact.kind].name}（{fact.document_no}）", facts={"fact": str(fact.pk)},
    )  # fmt: skip
    return row


def _refuse_if_unseen(by: Membership | None, enterprise: Organisation) -> None:
    if by is not None and not enterprises(viewer=by).filter(pk=enterprise.pk).exists():
        raise Refused(Problem("企业", "不在本单位范围内", "只能办理本企业或本地区企业", "not_permitted"))
