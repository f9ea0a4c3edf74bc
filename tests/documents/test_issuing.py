"""Documents in the database: numbered without a gap, digested, never changed, checked by anybody who holds the code."""

import io
import threading
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction
from pypdf import PdfReader

from kernel.acts.models import Act
from kernel.documents import actions, queries, rules
from kernel.documents.models import DocumentCounter, IssuedDocument, StoredFile
from kernel.errors import Refused

LATE_ON_THE_19TH_BY_UTC = datetime(
    2026, 11, 19, 16, 30, tzinfo=UTC
)  # half past midnight on the 20th in Shanghai
CONTENT = {"line": "损失 1,234,567.89 元", "分担": [{"承担方": "市级资金", "金额": "370370.37"}]}


def issued(**changes: Any) -> IssuedDocument:
    subject, _ = ContentType.objects.get_or_create(app_label="documents", model="specimen")
    return actions.issue(
        **{
            **{"by": None, "at": LATE_ON_THE_19TH_BY_UTC, "kind": "核算书", "title": "风险补偿分担核算书"},
            **{"template": "pdf/specimen.html", "content": CONTENT, "context": {"line": CONTENT["line"]}},
            **{"subject": subject, **changes},
        }
    )


@pytest.mark.django_db
def test_documents_of_a_shanghai_day_are_numbered_from_one_without_a_gap() -> None:
    first, second = issued(), issued()
    with pytest.raises(Refused), transaction.atomic():
        issued(context={"line": "😀"})
    third = issued()
    assert [document.serial for document in (first, second, third)] == [
        "ZR-20261120-000001",
        "ZR-20261120-000002",
        "ZR-20261120-000003",
    ]


@pytest.mark.django_db
def test_the_data_inside_the_pdf_has_the_stored_digest_and_the_paper_shows_serial_and_code() -> None:
    document = issued()
    pdf = PdfReader(io.BytesIO(document.pdf))
    (attached,) = pdf.attachments[f"{document.serial}.json"]
    assert rules.sha256(attached) == document.data_sha256
    assert attached == rules.canonical_json(CONTENT)
    paper = pdf.pages[0].extract_text()
    assert document.serial in paper
    assert rules.printed_code(document.verify_code) in paper
    assert rules.sha256(bytes(document.pdf)) == document.pdf_sha256


@pytest.mark.django_db
def test_the_same_statement_issued_again_has_the_same_data_digest_under_a_new_serial() -> None:
    first = issued()
    second = issued(content=dict(reversed(CONTENT.items())))
    third = issued(content={**CONTENT, "line": "损失 1,234,567.90 元"})
    assert first.data_sha256 == second.data_sha256 != third.data_sha256
    assert len({first.serial, second.serial, third.serial}) == 3
    assert len({first.verify_code, second.verify_code, third.verify_code}) == 3


@pytest.mark.django_db
def test_issuing_is_recorded_as_an_act_with_the_digests() -> None:
    document = issued()
    act = Act.objects.get(verb="document.issue", subject_id=str(document.pk))
    assert act.facts == {
        "serial": document.serial,
        "data_sha256": document.data_sha256,
        "pdf_sha256": document.pdf_sha256,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["documents_issueddocument", "documents_storedfile"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET wall = gen_random_uuid()", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_what_was_issued_or_kept_is_never_changed_by_raw_sql(statement: str, table: str) -> None:
    issued()
    actions.keep_file(
        by=None, at=LATE_ON_THE_19TH_BY_UTC, name="回单.pdf", media_type="application/pdf", content=b"x"
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert IssuedDocument.objects.count() == StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_the_code_opens_nothing_confidential() -> None:
    document = issued(wall=uuid4())
    facts = queries.by_verify_code(rules.printed_code(document.verify_code).lower())
    assert facts == queries.PublicFacts(
        serial=document.serial,
        kind="核算书",
        title="风险补偿分担核算书",
        issued_at=LATE_ON_THE_19TH_BY_UTC,
        data_sha256=document.data_sha256,
        pdf_sha256=document.pdf_sha256,
        pdf_sm3=document.pdf_sm3,
    )
    assert queries.by_verify_code("2" * 16) is None
    assert queries.by_verify_code("' OR 1=1 --") is None
    assert queries.by_verify_code("") is None


@pytest.mark.django_db
def test_an_uploaded_pdf_is_compared_byte_for_byte() -> None:
    document = issued()
    whole = queries.check_file(document.verify_code, bytes(document.pdf))
    touched = queries.check_file(document.verify_code, bytes(document.pdf).replace(b"%%EOF", b"%%EOF "))
    assert whole is not None
    assert whole.matches
    assert touched is not None
    assert not touched.matches
    assert touched.issued_sha256 == document.pdf_sha256 != touched.uploaded_sha256
    assert queries.check_file("2" * 16, bytes(document.pdf)) is None


@pytest.mark.django_db
def test_lists_show_only_what_stands_behind_the_walls_asked_for() -> None:
    bank, other = uuid4(), uuid4()
    mine = issued(wall=bank)
    issued(wall=other)
    issued()
    assert list(queries.documents_behind([bank])) == [mine]
    assert list(queries.documents_behind([])) == []


@pytest.mark.django_db
def test_a_kept_file_is_the_bytes_that_came_under_a_harmless_name() -> None:
    bank = uuid4()
    content = bytes(range(256))
    file = actions.keep_file(
        by=None,
        at=LATE_ON_THE_19TH_BY_UTC,
        name="../../备案\u202e.xlsx",
        media_type="x" * 300,
        content=content,
        wall=bank,
    )
    again = queries.files_behind([bank]).get()
    assert bytes(again.content) == content
    assert (again.name, again.size, again.sha256) == ("备案.xlsx", 256, rules.sha256(content))
    assert list(queries.files_behind([uuid4()])) == []
    assert len(file.media_type) == 100


@pytest.mark.django_db
def test_whole_documents_have_no_faults_and_a_changed_one_is_named() -> None:
    document = issued()
    assert queries.faults_in_documents() == []
    IssuedDocument(  # what a database owner could do behind the triggers: a row whose bytes are not its digest's
        **{
            **{
                field.attname: getattr(document, field.attname)
                for field in IssuedDocument._meta.concrete_fields
            },
            **{
                "id": uuid4(),
                "serial": "ZR-20261120-999999",
                "verify_code": rules.new_verify_code(),
                "pdf": b"%PDF-",
            },
        }
    ).save(force_insert=True)
    assert queries.faults_in_documents() == ["文书 ZR-20261120-999999：PDF 与记录的摘要不符"]


def test_two_who_take_a_number_at_once_get_different_numbers(own_database: Any) -> None:
    day, numbers, barrier = date(2026, 11, 20), [], threading.Barrier(8)

    def take() -> None:
        barrier.wait()
        for _ in range(5):
            with transaction.atomic():
                numbers.append(actions.next_number(day))
        connection.close()

    with own_database.as_default():
        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(numbers) == list(range(1, 41))
        assert DocumentCounter.objects.get(day=day).last == 40
