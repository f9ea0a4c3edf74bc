"""Reading documents: in the house by wall, outside only what a verify code opens, which is nothing confidential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernel.documents import rules
from kernel.documents.models import IssuedDocument, StoredFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet


@dataclass(frozen=True)
class PublicFacts:
    """What anybody who holds the code may know: that the document exists, when it was issued, and its digests.

    The title stands without the subject's name; amounts, parties and content are not here.
    """

    serial: str
    kind: str
    title: str
    issued_at: datetime
    data_sha256: str
    pdf_sha256: str
    pdf_sm3: str


@dataclass(frozen=True)
class FileCheck:
    """Whether an uploaded file is, byte for byte, the issued one; if not, both digests to compare."""

    matches: bool
    issued_sha256: str
    uploaded_sha256: str


def by_verify_code(typed: str) -> PublicFacts | None:
    """The public facts of the document with this code, however it was typed; None if there is none."""
    code = rules.typed_code(typed)
    fields = tuple(PublicFacts.__dataclass_fields__)
    found = IssuedDocument.objects.filter(verify_code=code).values(*fields).first() if code else None
    return PublicFacts(**found) if found else None


def check_file(typed: str, pdf: bytes) -> FileCheck | None:
    """Compare an uploaded PDF with the document of this code; None if there is no such document.

    A paper that was sealed afterwards has other bytes: the answer says so by its digests, it does not say forged.
    """
    facts = by_verify_code(typed)
    if facts is None:
        return None
    uploaded = rules.sha256(pdf)
    return FileCheck(uploaded == facts.pdf_sha256, facts.pdf_sha256, uploaded)


def issued_as_file(pdf: bytes) -> PublicFacts | None:
    """The public facts of the document that is, byte for byte, this file; None if none was issued so."""
    fields = tuple(PublicFacts.__dataclass_fields__)
    found = IssuedDocument.objects.filter(pdf_sha256=rules.sha256(pdf)).values(*fields).first()
    return PublicFacts(**found) if found else None


def documents_behind(walls: Collection[UUID]) -> QuerySet[IssuedDocument]:
    """The documents that these organisations own, newest first, without their bytes."""
    return IssuedDocument.objects.filter(wall__in=walls).defer("pdf", "content")


def files_behind(walls: Collection[UUID]) -> QuerySet[StoredFile]:
    """The kept files that these organisations own, newest first, without their bytes."""
    return StoredFile.objects.filter(wall__in=walls).defer("content")


def faults_in_documents() -> list[str]:
    """Sentences naming each document or file whose stored bytes do not have the stored digest; for `manage.py verify`."""
    faults = []
    for document in IssuedDocument.objects.order_by("serial").iterator(chunk_size=20):
        if rules.sha256(bytes(document.pdf)) != document.pdf_sha256:
            faults.append(f"文书 {document.serial}：PDF 与记录的摘要不符")
        if rules.sha256(rules.canonical_json(document.content)) != document.data_sha256:
            faults.append(f"文书 {document.serial}：内容与记录的摘要不符")
    for file in StoredFile.objects.order_by("pk").iterator(chunk_size=20):
        if rules.sha256(bytes(file.content)) != file.sha256:
            faults.append(f"文件 {file.pk}（{file.name}）：内容与记录的摘要不符")
    return faults
