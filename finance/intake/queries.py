"""Reading filings: a bank's own, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import BigIntegerField, F
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from finance.intake.models import TO_ENTER, Filing, FilingRow
from finance.intake.rows import FORMS, values_of
from finance.loans import queries as loans
from finance.loans.rules import StatedReturn, last_ended_month, last_of_month
from finance.parties.models import Organisation
from kernel.money.fields import fen_of
from kernel.sheets import template_name, write_template

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership


def filings(*, viewer: Membership) -> QuerySet[Filing]:
    """The filings of the viewer's bank, the latest first, without any file's bytes."""
    if viewer.organisation.kind != Organisation.Kind.BANK:
        return Filing.objects.none()
    return (
        Filing.objects.filter(bank=viewer.organisation_id)
        .select_related(
            "bank", "file", "marked_file", "job", "approval__checker__person", "maker__person", "receipt"
        )
        .defer("file__content", "marked_file__content", "receipt__pdf", "receipt__content")
        .order_by("-made_at", "-id")
    )


def filing(*, viewer: Membership, filing_id: UUID) -> Filing:
    """One of them; Filing.DoesNotExist for everybody else."""
    return filings(viewer=viewer).get(pk=filing_id)


def faulty_rows(filing: Filing, *, level: str | None = None) -> QuerySet[FilingRow]:
    """Rows with a fault (of a level), in the order of the file; the caller was let in to the filing."""
    rows = filing.rows.exclude(problems=[]).order_by("file_row")
    return rows if level is None else rows.filter(problems__contains=[{"level": level}])


def first_faults(filing: Filing, most: int) -> list[dict[str, object]]:
    """The first faults of the file, errors before warnings, as they are kept."""
    found = [fault for row in faulty_rows(filing)[: 4 * most] for fault in row.problems]
    errors = [
        fault
        for row in faulty_rows(filing, level="error")[:most]
        for fault in row.problems
        if fault["level"] == "error"
    ]
    return [*errors, *(fault for fault in found if fault["level"] != "error")][:most]


def rows_to_look_at(filing: Filing, *, outcome: str | None = None) -> QuerySet[FilingRow]:
    """All rows, or those of one outcome, in the order of the file."""
    rows = filing.rows.order_by("file_row")
    return rows.filter(outcome=outcome) if outcome else rows


def rows_kept_out(filing: Filing) -> QuerySet[FilingRow]:
    """Good rows that would enter no pool, by the forecast of the dry run, in the order of the file."""
    return filing.rows.exclude(kept_out=[]).order_by("file_row")


def loans_of_rows(rows: Sequence[FilingRow], *, viewer: Membership) -> dict[str, UUID]:
    """The viewer's own loans that these rows speak of, by number: what a row links to."""
    numbers = {row.values.get("bank_loan_no") for row in rows} - {None, ""}
    found = loans.loans(viewer=viewer).filter(bank_loan_no__in=numbers).order_by()
    return dict(found.values_list("bank_loan_no", "pk"))


def changed_rows(filing: Filing) -> QuerySet[FilingRow]:
    """Rows that would change what stands in the book, with their changes field by field."""
    return filing.rows.filter(outcome=FilingRow.Outcome.CHANGED).order_by("file_row")


def warned_rows_to_enter(filing: Filing) -> QuerySet[FilingRow]:
    """Rows to be entered in spite of a warning: what the checker confirms."""
    return filing.rows.filter(outcome__in=TO_ENTER).exclude(problems=[]).order_by("file_row")


def largest_rows(filing: Filing, most: int = 10) -> list[tuple[FilingRow, int]]:
    """The largest rows to be entered, each with its amount in fen."""
    key = FORMS[filing.form].total
    amount = Cast(KT(f"values__{key}"), BigIntegerField())
    rows = filing.rows.filter(outcome__in=TO_ENTER, **{f"values__{key}__isnull": False})
    largest = rows.annotate(amount=amount).order_by(F("amount").desc(), "file_row")[:most]
    return [(row, row.amount) for row in largest]


def template(*, viewer: Membership, form: str, on: dt.date) -> tuple[str, bytes]:
    """Name and bytes of this month's workbook for the viewer's bank; a monthly return has the open loans in it."""
    bank = viewer.organisation
    assert bank.kind == Organisation.Kind.BANK, bank.kind
    month = f"{on:%Y%m}" if form == Filing.Form.LOANS else f"{last_ended_month(on):%Y%m}"
    prefilled = prefilled_returns(bank, on) if form == Filing.Form.RETURNS else []
    shape = FORMS[form]
    name = template_name(shape, bank.short_name, month)
    return name, write_template(shape, bank=bank.short_name, month=month, prefilled=prefilled)


def prefilled_returns(bank: Organisation, on: dt.date) -> list[dict[str, object]]:
    """One row for each open loan for the last ended month: number, month, and what was reported last, to be corrected.

    Interest is left for the bank to fill in: it is never guessed.
    """
    period = last_ended_month(on)
    rows = []
    for loan in loans.open_loans(bank, last_of_month(period)).order_by("bank_loan_no"):
        assert loan.terms is not None
        last = loan.latest_return
        stated = StatedReturn(
            bank_loan_no=loan.bank_loan_no,
            period=period,
            balance_fen=fen_of(last.balance if last else loan.terms.principal),
            overdue_since=last.overdue_since if last else None,
            interest_paid_fen=0,
            grade=last.grade if last else "normal",
        )
        values = values_of("returns", stated)
        values["interest_paid_fen"] = None
        rows.append(values)
    return rows
