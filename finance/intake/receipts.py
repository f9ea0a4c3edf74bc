"""What the worker makes of a filing afterwards: the bank's own file with its faults marked, and the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.intake.entering import fault_from_json
from finance.intake.models import Filing
from finance.intake.rows import FORMS
from kernel.documents.actions import issue, keep_file
from kernel.money import capitals, fen_from_yuan, yuan_text
from kernel.sheets import annotate, read_rows

if TYPE_CHECKING:
    from uuid import UUID

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@transaction.atomic
def mark_filing(*, filing_id: UUID) -> None:
    """Keep the bank's file with every fault of every row marked in it; once."""
    filing = _held(filing_id)
    if filing.marked_file_id is not None:
        return
    content = bytes(filing.file.content)
    sheet = read_rows(content, filing.file.name, FORMS[filing.form])
    rows = filing.rows.exclude(problems=[]).order_by("file_row").values_list("problems", flat=True)
    marked = annotate(content, [fault_from_json(kept) for row in rows for kept in row], sheet=sheet)
    stem = filing.file.name.rsplit(".", 1)[0]
    filing.marked_file = keep_file(
        by=None,
        at=timezone.now(),
        name=f"{stem}_校验结果.xlsx",
        media_type=XLSX,
        content=marked,
        wall=filing.bank_id,
    )
    filing.save(update_fields=["marked_file"])


@transaction.atomic
def issue_receipt(*, filing_id: UUID) -> None:
    """The receipt of an entered filing; once."""
    filing = _held(filing_id)
    if filing.receipt_id is not None:
        return
    assert filing.entered_at is not None, "a receipt is given for what was entered"
    filing.receipt = issue(
        by=None,
        at=filing.entered_at,
        kind="filing_receipt",
        title=f"{filing.get_form_display()}回执",
        template="pdf/filing_receipt.html",
        content=receipt_content(filing),
        subject=filing,
        wall=filing.bank_id,
        context={
            "seals": [
                {"field": "seal_bank", "issuer": filing.bank.name, "day": ""},
                {"field": "seal_receiving_office", "issuer": "受理单位", "day": ""},
            ]
        },
    )
    filing.save(update_fields=["receipt"])


def _held(filing_id: UUID) -> Filing:
    rows = Filing.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("bank", "file", "maker__person", "approval__checker__person").get(pk=filing_id)


def receipt_content(filing: Filing) -> dict[str, Any]:
    """Everything the receipt states; amounts as text in yuan, the sum also in capitals."""
    total = fen_from_yuan(filing.totals["to_enter"])
    checker = filing.approval.checker if filing.approval else None
    assert filing.entered_at is not None
    return {
        "number": filing.number,
        "bank": filing.bank.name,
        "bank_code": filing.bank.code,
        "form": str(filing.get_form_display()),
        "what": "贷款金额合计" if filing.form == Filing.Form.LOANS else "贷款余额合计",
        "file_name": filing.file.name,
        "file_sha256": filing.file.sha256,
        "rows_sha256": filing.digest,
        "rows_in_file": filing.counts["rows"],
        "new": filing.counts["new"],
        "changed": filing.counts["changed"],
        "same": filing.counts["same"],
        "failed": filing.counts["failed"],
        "warnings": filing.counts["warnings"],
        "choice": str(filing.get_choice_display()),
        "sum": yuan_text(total),
        "sum_grouped": yuan_text(total, grouped=True),
        "sum_in_capitals": capitals(total),
        "by_kind": [
            [kind, count, yuan_text(fen_from_yuan(amount), grouped=True)]
            for kind, count, amount in filing.totals["by_kind"]
        ],
        "maker": filing.maker.person.name if filing.maker else "命令行",
        "checker": checker.person.name if checker else "命令行（无复核）",
        "made_on": filing.made_on.isoformat(),
        "entered_at": timezone.localtime(filing.entered_at).isoformat(timespec="seconds"),
    }
