"""A bank's system files a workbook: once, checked like any other, with every fault told."""

import base64
import io
import json
import zipfile

import pytest

from finance.intake.models import Filing
from kernel.acts.models import Act
from kernel.work import outbox
from kernel.work.models import IdempotencyKey
from tests.api.calls import FILINGS, by_token, file_in, new_key, problem, send_json
from tests.intake.workbooks import few

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(cast):
    return by_token(cast.bank_a.maker)


def in_json(file: bytes, /, **changed):
    return {"form": "loans", "name": "备案.xlsx", "content": base64.b64encode(file).decode(), **changed}


def test_a_workbook_is_received_checked_and_its_faults_are_told(bank):
    answer = file_in(bank, few())
    assert answer.status_code == 202, answer.content
    received = answer.json()
    assert (received["state"], received["counts"], received["faults"]) == ("checking", None, [])
    job = bank.get(f"/api/v1/jobs/{received['job']}/").json()
    assert (job["state"], job["kind"]) == ("queued", "intake.check")
    outbox.drain()
    checked = bank.get(f"{FILINGS}{received['id']}/").json()
    assert checked["state"] == "partly_ready"
    assert checked["counts"] == {"rows": 12, "new": 11, "changed": 0, "same": 0, "failed": 1, "warnings": 1}
    assert {(fault["row"], fault["level"]) for fault in checked["faults"]} == {(8, "error"), (10, "warning")}
    assert bank.get(f"/api/v1/jobs/{received['job']}/").json()["state"] == "done"


def test_amounts_are_texts_and_no_number_has_a_fraction(bank):
    received = file_in(bank, few()).json()
    outbox.drain()
    text = bank.get(f"{FILINGS}{received['id']}/").content.decode()

    def no_float(number):
        raise AssertionError(f"a number with a fraction went out: {number}")

    checked = json.loads(text, parse_float=no_float)
    kept = Filing.objects.get(pk=received["id"])
    assert checked["sum_to_enter"] == {"amount": kept.totals["to_enter"], "currency": "CNY"}


def test_the_same_workbook_inside_json(bank):
    content = few()
    answer = send_json(bank, in_json(content))
    assert answer.status_code == 202, answer.content
    assert bytes(Filing.objects.get().file.content) == content


def test_what_was_filed_waits_for_two_persons_of_the_bank(bank, cast):
    file_in(bank, few())
    outbox.drain()
    filing = Filing.objects.get()
    assert (filing.state, filing.maker) == ("partly_ready", cast.bank_a.maker.account)
    act = Act.objects.get(verb="filing.receive")
    assert (act.channel, act.account) == ("api", cast.bank_a.maker.account)


def test_without_a_key_nothing_is_taken_in(bank):
    for key in ("", "含中文", "k" * 121, "a b"):
        headers = {"Idempotency-Key": key} if key else {}
        answer = bank.post(FILINGS, in_json(few()), content_type="application/json", headers=headers)
        (fault,) = problem(answer, 400)["errors"]
        assert (fault["where"], fault["code"]) == ("Idempotency-Key", "idempotency_key")
    assert not Filing.objects.exists()


def test_a_repeat_gets_the_same_answer_and_says_so(bank):
    key, content = new_key(), few()
    first = file_in(bank, content, key)
    outbox.drain()
    again = file_in(bank, content, key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Filing.objects.count() == 1


@pytest.mark.parametrize(
    "changed", [{"form": "returns"}, {"name": "另一个.xlsx"}, {"content": few(without={3})}]
)
def test_a_key_that_stands_for_another_body_is_refused(bank, changed):
    key = new_key()
    given = {"content": few(), "name": "备案.xlsx", "form": "loans"}
    file_in(bank, key=key, **given)
    body = problem(file_in(bank, key=key, **{**given, **changed}), 422)
    assert [fault["code"] for fault in body["errors"]] == ["key_reused"]
    assert Filing.objects.count() == 1


def test_a_key_is_the_callers_own(bank, cast):
    key, content, other = new_key(), few(), by_token(cast.bank_b.maker)
    first, second = file_in(bank, content, key), file_in(other, content, key)
    assert "Idempotency-Replayed" not in second
    assert first.json()["id"] != second.json()["id"]


def test_a_refused_file_uses_up_no_key_and_every_reason_is_told(bank):
    key = new_key()
    body = problem(file_in(bank, b"%PDF-1.7 not a workbook", key), 422)
    assert (body["type"], body["title"]) == ("urn:zhirong:problem:refused", "未予办理")
    assert all(fault["where"] and fault["found"] and fault["wanted"] for fault in body["errors"])
    assert not IdempotencyKey.objects.exists()
    assert file_in(bank, few(), key).status_code == 202


def test_every_missing_field_is_told_at_once(bank):
    body = problem(send_json(bank, {}), 400)
    assert {fault["where"] for fault in body["errors"]} == {"form", "name", "content"}


def test_a_file_that_no_reader_can_read_is_told_on_the_filing(bank):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    answer = file_in(bank, out.getvalue())
    if answer.status_code == 202:
        outbox.drain()
        told = bank.get(f"{FILINGS}{answer.json()['id']}/").json()
        assert told["state"] == "unreadable"
        assert told["file_faults"]
    else:
        assert problem(answer, 422)["errors"]


MASS = [
    "state",
    "number",
    "maker",
    "channel",
    "entered_at",
    "approval",
    "bank",
    "counts",
    "id",
    "made_on",
    "receipt",
]


def test_no_field_of_the_model_is_taken_from_the_caller(bank, cast):
    forged = dict.fromkeys(MASS, "entered")
    body = problem(send_json(bank, {**in_json(few()), **forged, "bank": cast.bank_b.organisation.code}), 400)
    assert {fault["where"] for fault in body["errors"]} == set(MASS)
    body = problem(file_in(bank, few(), **forged), 400)
    assert {fault["where"] for fault in body["errors"]} == set(MASS)
    assert not Filing.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        '{"form": NaN}',
        '{"form": Infinity}',
        '{"form": -Infinity}',
        '{"form": 1e309}',
        '{"form": 1.5}',
        '{"form": "loans", "form": "returns"}',
        '{"form": {"a": 1, "a": 2}}',
        "[" * 100_000 + "]" * 100_000,
        '{"form": ' + "9" * 10_000 + "}",
        "{",
        "",
        "\ufeff{}",
        b"\xff\xfe{}",
        b'{"form": "\xe9"}',
        '{"form": "loans", "name": "\\ud800.xlsx"}',
    ],
    ids=lambda text: repr(text[:24]),
)
def test_hostile_json_is_refused_in_words(bank, text):
    answer = send_json(bank, text)
    assert problem(answer, 400)["detail"]
    assert not Filing.objects.exists()


@pytest.mark.parametrize("body", ["[]", "null", "17", '"loans"', '[{"form": "loans"}]'])
def test_json_that_is_no_object_is_refused(bank, body):
    assert problem(send_json(bank, body), 400)["errors"][0]["code"] in ("not_an_object", "null", "invalid")


@pytest.mark.parametrize("name", ["a\u0000.xlsx", "n" * 201, "", 17, None, ["x"], {"a": "b"}])
def test_a_name_that_is_no_name_is_refused(bank, name):
    answer = send_json(bank, json.dumps(in_json(few(), name=name)))
    if name == 17:  # DRF reads a whole number as its text
        assert answer.status_code in (202, 400)
        return
    assert [fault["where"] for fault in problem(answer, 400)["errors"]] == ["name"]


@pytest.mark.parametrize("content", ["", "not base64!", "AAAA\n", 17, None, [], "Ａ", "A"])
def test_content_that_is_no_file_is_refused(bank, content):
    answer = send_json(bank, in_json(b"", content=content))
    assert problem(answer, 422 if content == "" else 400)["errors"]
    assert not Filing.objects.exists()


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "text/csv",
        "x",
        "application/pdf",
    ],
)
def test_other_content_types_are_refused(bank, content_type):
    problem(send_json(bank, "form=loans", content_type=content_type), 415)


def test_two_files_in_one_form_are_refused_not_one_of_them_taken(bank):
    from django.core.files.uploadedfile import SimpleUploadedFile

    two = [SimpleUploadedFile(f"{n}.xlsx", few()) for n in (1, 2)]
    answer = bank.post(FILINGS, {"form": "loans", "file": two}, headers={"Idempotency-Key": new_key()})
    assert [fault["where"] for fault in problem(answer, 400)["errors"]] == ["file"]


def test_a_broken_form_is_refused(bank):
    problem(send_json(bank, b"--x\r\nnothing", content_type="multipart/form-data; boundary=y"), 400)
    problem(send_json(bank, b"nothing", content_type="multipart/form-data"), 400)


def test_what_stands_in_the_query_is_not_taken_for_a_field(bank):
    answer = bank.post(f"{FILINGS}?form=returns", in_json(few()), content_type="application/json",
                       headers={"Idempotency-Key": new_key()})  # fmt: skip
    assert (answer.status_code, answer.json()["form"]) == (202, "loans")
