"""Issuing a document and keeping a file: each in one transaction with its act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.days import BUSINESS_ZONE
from kernel.documents import rules
from kernel.documents.models import DocumentCounter, IssuedDocument, StoredFile
from kernel.documents.qr import qr_svg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from django.db.models import Model


@in_chinese
@transaction.atomic
def issue(
    *,
    by: Any,
    at: datetime,
    kind: str,
    title: str,
    template: str,
    content: Mapping[str, Any],
    subject: Model,
    wall: UUID | None = None,
    context: Mapping[str, Any] | None = None,
) -> IssuedDocument:
    """Render, number, attach, keep: a document that says `content` about `subject`.

    `content` is all that the document states (money as text, no float), canonical JSON of it is attached to the PDF and
    digested, so the same statement issued again has the same `data_sha256` under a new serial. The template sees
    `content` and, for looks only, `context`. `by` is a membership, or None for the system; `wall` (default: the
    organisation of `by`) owns the document. `kind` and `title` are public to whoever holds the code: they name no party
    and no amount. A paper is Chinese, whoever asks for it: an authority takes no other (decision 0042). Refused: a
    sign that the bundled fonts cannot draw; tables too long for paper.

    The day's counter stays locked until the transaction ends: call it in a worker's own transaction, after the business
    is committed, never between a payment's lock and its commit.
    """
    # the engine takes seconds to import: only who issues waits for it, not every command and page
    from kernel.documents.render import Attached, render_pdf, template_version  # noqa: PLC0415

    canonical = rules.canonical_json(content)
    data_sha256, code = rules.sha256(canonical), rules.new_verify_code()
    serial = rules.serial_number(day := at.astimezone(BUSINESS_ZONE).date(), next_number(day))
    address = settings.DOCUMENT_VERIFY_ADDRESS.format(code=code)
    pdf = render_pdf(
        template,
        {
            **(context or {}),
            **{"content": content, "title": title, "serial": serial, "issued_at": at},
            **{"data_sha256": data_sha256, "printed_code": rules.printed_code(code)},
            **{"verify_url": address, "verify_qr": qr_svg(address)},
        },
        attachments=[Attached(f"{serial}.json", canonical, "本文书所载数据，其 SHA-256 即内容摘要")],
        at=at,
    )
    document = IssuedDocument.objects.create(
        serial=serial,
        verify_code=code,
        kind=kind,
        title=title,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        wall=wall or (by.organisation_id if by is not None else None),
        template_version=template_version(template),
        content=content,
        data_sha256=data_sha256,
        pdf=pdf,
        pdf_sha256=rules.sha256(pdf),
        pdf_sm3=rules.sm3(pdf),
        issued_by=by.account if by is not None else None,
        issued_at=at,
    )
    facts = {"serial": serial, "data_sha256": data_sha256, "pdf_sha256": document.pdf_sha256}
    record(by=by, verb="document.issue", subject=document, summary=f"出具 {serial} {title}", facts=facts)
    return document


def next_number(day: date) -> int:
    """The next number of the day, its counter locked until the transaction ends, so that numbers have no gap."""
    return next_numbers(day, 1)[0]


def next_numbers(day: date, count: int) -> range:
    """The next numbers of the day for this many documents that are written together; nothing is asked for none."""
    if not count:
        return range(0)
    assert connection.in_atomic_block, "a number is taken in the transaction of its document"
    table = DocumentCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS counter (day, last) VALUES (%s, %s) "  # noqa: S608 (a constant table name)
            "ON CONFLICT (day) DO UPDATE SET last = counter.last + excluded.last RETURNING last",
            [day, count],
        )
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


@in_chinese
@transaction.atomic
def keep_file(
    *, by: Any, at: datetime, name: str, media_type: str, content: bytes, wall: UUID | None = None
) -> StoredFile:
    """Keep a file byte for byte under a harmless name; two organisations' equal files are two rows."""
    file = StoredFile.objects.create(
        sha256=rules.sha256(content),
        name=rules.safe_name(name),
        media_type=media_type[:100],
        size=len(content),
        content=content,
        wall=wall or (by.organisation_id if by is not None else None),
        uploaded_by=by.account if by is not None else None,
        uploaded_at=at,
    )
    facts = {"sha256": file.sha256, "size": file.size}
    record(by=by, verb="file.keep", subject=file, summary=f"留存文件 {file.name}", facts=facts)
    return file
