"""What is larger than the house takes is answered with a fault, and the answer arrives."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from config.middleware import ReadToTheEnd
from tests.api.calls import by_token

pytestmark = pytest.mark.django_db
LIMIT = 200_000


class Stream:
    """A sender's bytes, and how many of them were fetched."""

    def __init__(self, size):
        self.left = self.size = size

    def read(self, size=-1):
        piece = min(self.left, size if size >= 0 else self.left)
        self.left -= piece
        return b"x" * piece


def sent(size):
    request = RequestFactory().post("/")
    stream = Stream(size)
    request.META["CONTENT_LENGTH"] = str(size)
    request._stream, request._read_started = stream, False
    return request, stream


def test_what_a_view_left_unread_is_read_before_its_answer_goes():
    request, stream = sent(3_000_000)
    answer = ReadToTheEnd(lambda _: HttpResponse("no", status=413))(request)
    assert (answer.status_code, stream.left) == (413, 0)


def test_nobody_keeps_a_worker_by_sending_for_ever():
    request, stream = sent(ReadToTheEnd.MOST * 3)
    ReadToTheEnd(lambda _: HttpResponse("no"))(request)
    assert stream.size - stream.left <= ReadToTheEnd.MOST + ReadToTheEnd.PIECE


def doors():
    some = "00000000-0000-4000-8000-000000000001"
    return [
        reverse("scorecards:parameters"), reverse("scorecards:upload"), reverse("scores:make"), reverse("scores:inputs"),
        reverse("scores:override", args=[some]), reverse("scores:dispute", args=[some]),
        reverse("scores:review", args=[some]), reverse("scores:answer_dispute", args=[some]),
        reverse("validation:ask"), reverse("validation:outage"), reverse("validation:sign", args=[some]),
        reverse("facilities:open"), reverse("whitelists:make"), reverse("account_login"),
    ]  # fmt: skip


def as_outside_the_tests(client):
    """With the check of forms on, which is the first to read what was sent; its cookie comes with a page."""
    client.handler.enforce_csrf_checks = True
    client.get(reverse("facilities:open"))
    assert client.cookies["csrftoken"].value


def test_every_form_of_scoring_answers_a_flood_with_a_page_in_plain_chinese(client, cast, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    client.force_login(cast.bank_a.maker.account)
    as_outside_the_tests(client)
    for door in doors():
        answer = client.post(door, {"words": "9" * (LIMIT + 1)}, "application/x-www-form-urlencoded")
        assert answer.status_code == 413, (door, answer.content.decode()[-900:])
        page = answer.content.decode()
        assert "提交的内容过大" in page, door
        assert "什么都没有保存" in page, door


def test_too_many_fields_are_told_too(client, cast, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 50
    client.force_login(cast.bank_a.maker.account)
    as_outside_the_tests(client)
    answer = client.post(reverse("scorecards:parameters"), {f"own_{place}": "1" for place in range(60)})
    assert answer.status_code == 413
    assert "提交的栏目超过 50 个" in answer.content.decode()


def test_a_machine_gets_its_fault_in_json(cast, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = LIMIT
    machine = by_token(cast.bank_a.maker)
    for door in ("api/v1/scores/", "api/v1/scoring-inputs/"):
        answer = machine.post(
            f"/{door}", "9" * (LIMIT + 1), "application/json", headers={"Idempotency-Key": "one"}
        )
        assert answer.status_code == 413, answer.content
        assert answer.json()["errors"][0]["code"] == "too_large"


def test_a_fault_of_another_kind_is_still_the_plain_page(client):
    assert client.get("/", headers={"host": "no such host!"}).status_code == 400
