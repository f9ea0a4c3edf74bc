"""A key and its call: one effect, one answer, whatever the client repeats and whenever it does."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from django.db import transaction

from finance.parties.models import Person
from kernel.errors import Problem, Refused
from kernel.work.idempotency import fingerprint, once
from kernel.work.models import IdempotencyKey
from tests.work.at_once import at_once

ROOT = Path(__file__).resolve().parents[2]


def name(who: str) -> dict[str, str]:
    return {"born": str(Person.objects.create(name=who).pk)}


def call(key: str = "k1", client: str = "bank-a", who: str = "甲"):
    return once(client=client, key=key, body={"who": who}, effect=lambda: name(who))


@pytest.mark.django_db
def test_the_same_key_and_body_give_the_stored_answer_and_one_effect():
    first, replayed = call()
    again, replayed_again = call()
    assert (replayed, replayed_again) == (False, True)
    assert first == again == {"born": str(Person.objects.get(name="甲").pk)}


@pytest.mark.django_db
def test_the_same_key_with_another_body_is_refused_and_does_nothing():
    call()
    with pytest.raises(Refused) as refused:
        call(who="乙")
    assert refused.value.problems[0].code == "key_reused"
    assert not Person.objects.filter(name="乙").exists()


@pytest.mark.django_db
def test_a_key_is_the_clients_own():
    assert [call(client=client)[1] for client in ("bank-a", "bank-b")] == [False, False]
    assert Person.objects.filter(name="甲").count() == 2


@pytest.mark.django_db
def test_a_refused_call_uses_up_no_key():
    def refuse():
        Person.objects.create(name="半")
        raise Refused(Problem("金额", "为空", "请填写"))

    with pytest.raises(Refused):
        once(client="c", key="k", body={}, effect=refuse)
    assert (IdempotencyKey.objects.count(), Person.objects.count()) == (0, 0)
    assert once(client="c", key="k", body={}, effect=lambda: {"ok": True}) == ({"ok": True}, False)


@pytest.mark.race
def test_ten_equal_calls_at_one_moment_have_one_effect_and_one_answer(own_database):
    with own_database.as_default():

        def slowly():
            answer = name("甲")
            time.sleep(0.3)
            return answer

        answers = at_once(
            *[lambda: once(client="c", key="k", body={"who": "甲"}, effect=slowly) for _ in range(10)]
        )
        assert sorted(replayed for _, replayed in answers) == [False] + [True] * 9
        assert {answer["born"] for answer, _ in answers} == {str(Person.objects.get().pk)}


@pytest.mark.race
def test_a_call_that_waited_for_one_that_failed_does_it_itself(own_database):
    """The second waits for the first's transaction; the first is rolled back; the second is not left without an answer."""
    with own_database.as_default():
        with psycopg.connect(own_database.url) as first:
            first.execute(
                "INSERT INTO work_idempotencykey (client, key, fingerprint) VALUES ('bank-a', 'k1', %s)",
                [fingerprint({"who": "甲"})],
            )

            def let_the_first_fail():
                wait_until_somebody_waits(own_database.superuser_url)
                first.rollback()

            (_, replayed), _ = at_once(call, let_the_first_fail)
        assert (replayed, Person.objects.count()) == (False, 1)


def wait_until_somebody_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as watcher:
        until = time.monotonic() + 20
        while watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone() == (0,):
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.02)


CRASH = """
import os, signal, django
django.setup()
from kernel.work.idempotency import once
from finance.parties.models import Person

def half():
    Person.objects.create(name="甲")
    os.kill(os.getpid(), signal.SIGKILL)

once(client="bank-a", key="k1", body={"who": "甲"}, effect=half)
"""


@pytest.mark.faults
def test_a_crash_between_effect_and_answer_leaves_neither_and_the_retry_succeeds(own_database):
    crashed = subprocess.run(
        [sys.executable, "-c", CRASH],
        cwd=ROOT,
        env=own_database.environment | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert crashed.returncode == -signal.SIGKILL
    with own_database.as_default():
        assert (Person.objects.count(), IdempotencyKey.objects.count()) == (0, 0)
        _, replayed = call()
        assert (replayed, Person.objects.count()) == (False, 1)


@pytest.mark.django_db
def test_the_order_of_a_bodys_fields_does_not_matter_and_their_values_do():
    assert fingerprint({"a": 1, "b": ["元"]}) == fingerprint({"b": ["元"], "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": "1"})
    with transaction.atomic():
        assert call()[1] is False
