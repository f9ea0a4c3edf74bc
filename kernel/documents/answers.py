"""A document or a kept file as an HTTP answer, under a name in Chinese; that it was taken is an act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.db import transaction
from django.http import HttpResponse

from kernel.acts.actions import record

if TYPE_CHECKING:
    from kernel.documents.models import IssuedDocument, StoredFile


def document_answer(viewer: Any, document: IssuedDocument) -> HttpResponse:
    """The PDF of an issued document; the caller has looked whether the viewer may have it."""
    with transaction.atomic():
        record(by=viewer, verb="document.take", subject=document, summary=f"下载文书 {document.serial}")
    name = f"{document.serial}_{document.title}.pdf"
    return _answer(bytes(document.pdf), "application/pdf", "inline", f"{document.serial}.pdf", name)


def file_answer(viewer: Any, file: StoredFile) -> HttpResponse:
    """A kept file, always to be saved and never shown by the browser: its bytes came from outside."""
    with transaction.atomic():
        record(by=viewer, verb="file.take", subject=file, summary=f"下载文件 {file.name}")
    return _answer(bytes(file.content), file.media_type, "attachment", f"{file.pk}", file.name)


def _answer(content: bytes, media_type: str, how: str, plain_name: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    answer["Content-Disposition"] = f"{how}; filename=\"{plain_name}\"; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer
