"""A document, a kept file or a made one as an HTTP answer, under a name in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.db import transaction
from django.http import HttpResponse

from kernel.acts.actions import record

if TYPE_CHECKING:
    from kernel.documents.models import IssuedDocument, StoredFile


def document_answer(viewer: Any, document: IssuedDocument) -> HttpResponse:
    """The PDF of an issued document, which is an act; the caller has looked whether the viewer may have it."""
    with transaction.atomic():
        record(by=viewer, verb="document.take", subject=document, summary=f"下载文书 {document.serial}")
    name = f"{document.serial}_{document.title}.pdf"
    return _answer(bytes(document.pdf), "application/pdf", "inline", f"{document.serial}.pdf", name)


def file_answer(viewer: Any, file: StoredFile) -> HttpResponse:
    """A kept file, to be saved and never shown by the browser: its bytes came from outside. That it was taken is an act."""
    with transaction.atomic():
        record(by=viewer, verb="file.take", subject=file, summary=f"下载文件 {file.name}")
    return _answer(bytes(file.content), file.media_type, "attachment", f"{file.pk}", file.name)


def kept_answer(file: StoredFile) -> HttpResponse:
    """A kept file, to be saved under its own name, where it is no act that it was taken."""
    return download(file.name, bytes(file.content), file.media_type)


def download(name: str, content: bytes, media_type: str, *, plain_name: str = "") -> HttpResponse:
    """Bytes to be saved, never shown in place of a page; `plain_name` (ASCII) is for programs that read no other."""
    return _answer(content, media_type, "attachment", plain_name, name)


def _answer(content: bytes, media_type: str, how: str, plain_name: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=media_type)
    plain = f'filename="{plain_name}"; ' if plain_name else ""
    answer["Content-Disposition"] = f"{how}; {plain}filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
