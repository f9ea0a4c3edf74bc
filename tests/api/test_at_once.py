"""Real commits: a bank's system that repeats an impatient call files once."""

import pytest

from finance.intake.models import Filing
from kernel.work.models import IdempotencyKey, OutboxMessage
from tests.api.calls import by_token, file_in
from tests.cast import make_cast
from tests.intake.workbooks import few
from tests.work.at_once import at_once

pytestmark = pytest.mark.race


def test_ten_equal_calls_at_one_moment_file_once_and_all_get_one_answer(own_database):
    with own_database.as_default():
        client, content = by_token(make_cast().bank_a.maker), few()
        answers = at_once(*[lambda: file_in(client, content, "one-key")] * 10)
        assert [answer.status_code for answer in answers] == [202] * 10
        assert len({answer.content for answer in answers}) == 1
        assert sum("Idempotency-Replayed" not in answer for answer in answers) == 1
        assert (Filing.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
        assert OutboxMessage.objects.filter(kind="intake.check").count() == 1


def test_the_same_file_under_two_keys_at_one_moment_is_one_filing(own_database):
    with own_database.as_default():
        client, content = by_token(make_cast().bank_a.maker), few()
        answers = at_once(*[lambda key=key: file_in(client, content, key) for key in ("one", "two")])
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == Filing.objects.count() == 1
