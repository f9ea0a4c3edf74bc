"""A file that is too large is refused by its size, with a sentence, and nobody reads it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from finance.intake.models import Filing
from kernel.sheets.limited import LIMITS

pytestmark = pytest.mark.django_db


def test_a_stranger_verifies_no_more_than_20_mb(client):
    large = SimpleUploadedFile("x.pdf", b"0" * (20 * 2**20 + 1))
    answer = client.post(reverse("verify_document"), {"pdf": large})
    assert answer.status_code == 422
    assert "超过 20 MB" in answer.content.decode()


def test_a_bank_files_no_more_than_a_workbook_may_be(cast):
    large = SimpleUploadedFile("x.xlsx", b"0" * (LIMITS.bytes + 1))
    answer = cast.signed_in(cast.bank_a.maker).post(
        reverse("intake:upload"), {"form": "loans", "file": large}
    )
    assert answer.status_code == 422
    assert f"超过 {LIMITS.bytes // 2**20} MB" in answer.content.decode()
    assert not Filing.objects.exists()
