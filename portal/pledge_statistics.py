"""Pledge financing as the IP office and the financial regulator count it: rows gathered, the page's tables, the papers.

A finance bureau and an IP bureau count their whole region, and get sums only. An auditor counts the loans that a seat at a
pool lets him see, and the registrations behind them. Nobody else counts anything (decision 0026).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation

from finance.loans import queries as loans
from finance.loans.models import LoanReturn, LoanTerms
from finance.loans.rules import first_of_month
from finance.parties.models import Organisation
from finance.parties.published import region_name
from finance.parties.regions import region_stem
from finance.pledges.models import FileAct, PledgedRight, PledgeEvent, PledgeRegistration
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.statistics import (
    RIGHT_KINDS,
    Figures,
    Lent,
    Line,
    Registered,
    Report,
    read_lines,
    report,
)
from kernel.documents.actions import issue
from kernel.money import yuan_text
from kernel.money.fields import fen_of
from kernel.sheets.tables import Cell, TableSheet, write_tables
from kernel.strict_yaml import read_file
from kernel.work import jobs, outbox

from . import pledge_desks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.documents.models import IssuedDocument
    from kernel.work.models import JobRun

KIND_WORDS = {
    "patent": "专利",
    "trademark": "商标",
    "copyright": "著作权",
    "layout": "布图设计",
    "data": "数据知识产权",
    "mixed": "混合（一笔登记含多类权利）",
}
REGISTERED_HEADINGS = (
    "项目数",
    "登记金额（元）",
    "其中按合同本金（元）",
    "金额不明项目",
    "出质企业数",
    "专利件数",
    "商标件数",
    "其他件数",
    "普惠项目数",
    "普惠登记金额（元）",
)
LENT_HEADINGS = ("放款笔数", "累计发放（元）", "累放户数", "普惠户数", "普惠发放（元）", "期末余额（元）")
NOTES = (
    "登记金额与发放金额是两个口径，不相加、不互相推算。登记金额取自登记案件：登记证或通知书所载的数额，没有载明的为案件所填的担保数额（最高额质押为最高债权额）；没有登记案件或案件没有数额的，以贷款合同本金代替，并单列其数。",
    "出质企业数、累放户数按不同企业计，各月、各地之和可能大于合计；同一权利再次登记的，件数再计一次。已被撤销的登记自始不计。",
    "按月表的期末余额是当月所放贷款在截至日的余额；期间之前放的贷款只计入合计。",
    "普惠按金额线划分：登记口径比每笔登记金额；发放口径比该户在该行的质押贷款本金。平台不掌握该户其他授信和企业规模，故普惠数是上限。",
)
COUNTS_WORDS = {"cnipa": "登记口径", "regulator": "发放口径"}
REGIONAL = (Organisation.Kind.FINANCE_BUREAU, Organisation.Kind.IP_BUREAU)


@dataclass(frozen=True)
class Asked:
    """The period of a report, and the moment as of which rows are known (None: now)."""

    begin: dt.date
    on: dt.date
    known_at: dt.datetime | None = None


def statistics(viewer: Membership, asked: Asked) -> Report:
    """The report of a period over what the viewer may count."""
    known = Q() if asked.known_at is None else Q(recorded_at__lte=asked.known_at)
    terms = _terms(viewer, asked.on, known)
    return report(
        _registered(viewer, asked.on, known, terms),
        _lent(terms, asked.on, known),
        lines=inclusive_lines(),
        begin=asked.begin,
        on=asked.on,
    )


@cache
def inclusive_lines() -> tuple[Line, ...]:
    """The dated lines of both authorities, read once."""
    return read_lines(read_file(settings.POLICIES_DIR / "registration" / "statistics" / "inclusive.yaml"))


def _terms(viewer: Membership, on: dt.date, known: Q) -> list[LoanTerms]:
    """The terms in force of every pledge loan lent by the day that the viewer may count."""
    house = viewer.organisation
    found = LoanTerms.objects.filter(known).select_related("loan__borrower")
    if house.kind in REGIONAL:
        stem = region_stem(house.region)
        found = found.filter(loan__borrower__region__startswith=stem) if stem else found.none()
    elif house.kind == Organisation.Kind.AUDITOR:
        found = found.filter(loan__in=loans.loans(viewer=viewer).order_by().values("pk"))
    else:
        found = found.none()
    last = found.order_by("loan_id", "-seq").distinct("loan_id")
    return [one for one in last if one.pledge_id and one.disbursed_on <= on]


def _registered(viewer: Membership, on: dt.date, known: Q, terms: Iterable[LoanTerms]) -> list[Registered]:
    """The last statement of each registration by the day, with the principal of its contracts.

    One that is known to have been revoked, on whichever day, never was."""
    house = viewer.organisation
    found = PledgeRegistration.objects.filter(known)
    if house.kind in REGIONAL:
        stem = region_stem(house.region)
        found = found.filter(pledgor__region__startswith=stem) if stem else found.none()
    else:
        found = found.filter(loan_terms__in=[one.pk for one in terms])
    keys = found.values_list("pk")
    last = (
        PledgeRegistration.objects.filter(pk__in=keys)
        .select_related("pledgor")
        .order_by("pledgee_id", "number", "-seq")
        .distinct("pledgee_id", "number")
    )
    standing = [one for one in last if one.registered_on <= on]
    revoked = set(
        PledgeEvent.objects.filter(known, kind=PledgeEvent.Kind.REVOKED).values_list(
            "registration__pledgee_id", "registration__number"
        )
    )
    rights: dict[Any, Counter[str]] = {}
    for pk, kind in PledgedRight.objects.filter(registration__in=standing).values_list(
        "registration_id", "right__kind"
    ):
        rights.setdefault(pk, Counter())[kind] += 1
    under: Counter[tuple[UUID, str]] = Counter()
    numbers = dict(
        PledgeRegistration.objects.filter(pk__in={one.pledge_id for one in terms}).values_list("pk", "number")
    )
    for one in terms:
        assert one.pledge_id is not None
        under[one.loan.bank_id, numbers[one.pledge_id]] += fen_of(one.principal)
    in_files = _registered_in_files({one.number for one in standing}, on, known)
    return [
        Registered(
            on=one.registered_on,
            region=one.pledgor.region,
            pledgor=str(one.pledgor_id),
            rights=rights.get(one.pk, Counter()),
            amount_fen=in_files.get(_key(one), under.get((one.pledgee_id, one.number))),
            by_contract=_key(one) not in in_files,
        )
        for one in standing
        if (one.pledgee_id, one.number) not in revoked
    ]


def _key(one: PledgeRegistration) -> tuple[UUID, UUID, str]:
    """What a file and a statement of its registration have in common: pledgee, pledgor and number."""
    return one.pledgee_id, one.pledgor_id, one.number


def _registered_in_files(numbers: Iterable[str], on: dt.date, known: Q) -> dict[tuple[UUID, UUID, str], int]:
    """Fen that the files say are registered by a day, by `_key`: at registration, or by the last change."""
    acts = FileAct.objects.filter(
        known, on__lte=on, details__has_key="registered_fen", file__registration__number__in=set(numbers)
    ).order_by("seq")
    told = acts.values_list("file__pledgee_id", "file__pledgor_id", "file__registration__number", "details")
    return {
        (pledgee, pledgor, number): details["registered_fen"] for pledgee, pledgor, number, details in told
    }


def _lent(terms: list[LoanTerms], on: dt.date, known: Q) -> list[Lent]:
    spoken = Q(period__lt=first_of_month(on)) | Q(reported_on__lte=on)
    returns = LoanReturn.objects.filter(
        known, spoken, loan__in=[one.loan_id for one in terms], period__lte=on
    )
    balances = {
        one.loan_id: fen_of(one.balance)
        for one in returns.order_by("loan_id", "-period", "-seq").distinct("loan_id")
    }
    return [
        Lent(
            on=one.disbursed_on,
            region=one.loan.borrower.region,
            bank=str(one.loan.bank_id),
            borrower=str(one.loan.borrower_id),
            principal_fen=(principal := fen_of(one.principal)),
            balance_fen=balances.get(one.loan_id, principal),
        )
        for one in terms
    ]


def _registered_cells(one: Figures) -> list[int | str]:
    others = sum(one.rights.get(kind, 0) for kind in RIGHT_KINDS[2:])
    return [
        one.registrations, yuan_text(one.registered_fen), yuan_text(one.by_contract_fen), one.amounts_missing, one.firms,
        one.rights.get("patent", 0), one.rights.get("trademark", 0), others, one.inclusive, yuan_text(one.inclusive_fen),
    ]  # fmt: skip


def _lent_cells(one: Figures) -> list[int | str]:
    return [
        one.loans, yuan_text(one.disbursed_fen), one.borrowers, one.inclusive_borrowers,
        yuan_text(one.inclusive_disbursed_fen), yuan_text(one.balance_fen),
    ]  # fmt: skip


@translation.override(settings.LANGUAGE_CODE)
def sheet_of(viewer: Membership, asked: Asked) -> dict[str, Any]:
    """All tables as plain values, amounts as text in yuan: the page, the workbook and the PDF show the same.

    In Chinese, as the papers are; an English page has them worded."""
    found = statistics(viewer, asked)
    desk_tables, desk_notes = _desks(viewer, asked)
    regions = [(region_name(code), one) for code, one in found.by_region]
    kinds = [(KIND_WORDS[kind], one) for kind, one in found.by_kind]
    splits = (("按月", "月份", found.by_month), ("按地区", "地区", regions), ("按权利种类", "种类", kinds))
    tables = []
    for name, first, rows in splits:
        tables.append(
            _table(f"{name}：登记口径", first, REGISTERED_HEADINGS, rows, found.total, _registered_cells)
        )
        if name != "按权利种类":
            tables.append(_table(f"{name}：发放口径", first, LENT_HEADINGS, rows, found.total, _lent_cells))
    return {
        "whose": viewer.organisation.name,
        "scope": "本地区全部质押登记与质押贷款" if viewer.organisation.kind in REGIONAL else "席位可见的质押贷款及其登记",
        "begin": asked.begin.isoformat(),
        "on": asked.on.isoformat(),
        "known_at": asked.known_at.isoformat() if asked.known_at else None,
        "tables": [*tables, *desk_tables],
        "lines": [
            {
                "counts": COUNTS_WORDS[line.counts], "from": line.valid_from.isoformat(), "most": yuan_text(line.most_fen),
                "article": line.article, "source": line.source, "mark": CONFIDENCE[line.confidence][0],
            }
            for line in found.lines
        ],
        "notes": [*NOTES, *desk_notes],
    }  # fmt: skip


def _desks(viewer: Membership, asked: Asked) -> tuple[list[dict[str, Any]], list[str]]:
    """How the windows of the viewer's region kept their limits; of an auditor's, in the files behind his loans."""
    house = viewer.organisation
    if house.kind in REGIONAL:
        files = pledge_desks.of_region(region_stem(house.region))
    else:
        known = Q() if asked.known_at is None else Q(recorded_at__lte=asked.known_at)
        behind = {one.pledge_id for one in _terms(viewer, asked.on, known) if one.pledge_id}
        files = pledge_desks.files_behind(PledgeRegistration.objects.filter(pk__in=behind))
    return pledge_desks.desks(files, begin=asked.begin, on=asked.on, known_at=asked.known_at)


def _table(
    name: str,
    first: str,
    headings: Iterable[str],
    rows: Iterable[tuple[str, Figures]],
    total: Figures,
    cells: Any,
) -> dict[str, Any]:
    return {
        "name": name,
        "headings": [first, *headings],
        "rows": [[label, *cells(one)] for label, one in rows],
        "total": ["合计", *cells(total)],
    }


def workbook_of(sheet: Mapping[str, Any]) -> bytes:
    """The same tables as a workbook: amounts are exact numbers in yuan."""
    lead = [f"知识产权质押融资统计：{sheet['whose']}", f"{sheet['begin']} 至 {sheet['on']}，{sheet['scope']}"]

    def cell(text: int | str, heading: str) -> Cell:
        is_amount = isinstance(text, str) and "（元）" in heading
        return Decimal(text) if is_amount else text

    sheets = [
        TableSheet(
            table["name"].replace("：", "_"),
            lead,
            table["headings"],
            [
                [cell(text, heading) for text, heading in zip(row, table["headings"], strict=True)]
                for row in (*table["rows"], table["total"])
            ],
        )
        for table in sheet["tables"]
    ]
    lines = [
        [one["counts"], one["from"], Decimal(one["most"]), one["article"], one["source"], one["mark"]]
        for one in sheet["lines"]
    ]
    headings = ["口径", "自", "不超过（元）", "依据", "来源", "出处标记"]
    return write_tables(
        lead[0], [*sheets, TableSheet("普惠线与说明", [*lead, *sheet["notes"]], headings, lines)]
    )


@transaction.atomic
def ask_for_statistics(*, by: Membership, asked: Asked) -> JobRun:
    """Let a worker issue the report: rendering has no place in a request."""
    job = jobs.queue(
        kind="portal.pledge_statistics", by=by, title=f"出具质押融资统计（{asked.on.isoformat()}）"
    )
    payload = {
        "job": str(job.pk),
        "membership": str(by.pk),
        "begin": asked.begin.isoformat(),
        "on": asked.on.isoformat(),
        "known_at": asked.known_at.isoformat() if asked.known_at else None,
    }
    outbox.put(
        kind="portal.pledge_statistics", payload=payload, effect_key=f"portal.pledge_statistics:{job.pk}"
    )
    return job


def issue_statistics(*, by: Membership, asked: Asked) -> IssuedDocument:
    """Issue the report as a numbered PDF that anybody can verify."""
    return issue(
        by=by,
        at=timezone.now(),
        kind="pledge_statistics",
        title=f"知识产权质押融资统计（{asked.begin.isoformat()} 至 {asked.on.isoformat()}）",
        template="pdf/pledge_statistics.html",
        content=sheet_of(by, asked),
        subject=by.organisation,
    )
