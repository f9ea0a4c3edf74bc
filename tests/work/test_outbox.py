"""The outbox: what is committed happens, once, whatever happens to the bell, the worker or the message before it."""

import datetime as dt
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone, translation

from finance.intake import actions as intake
from finance.intake.models import Filing
from kernel.acts.models import Act
from kernel.errors import Refused
from kernel.work import outbox, tasks
from kernel.work.models import OutboxMessage
from kernel.work.queries import set_aside
from tests.cast import make_cast
from tests.intake.workbooks import few
from tests.work.handlers import AT_WORK, effects

ROOT = Path(__file__).resolve().parents[2]


def put(kind: str = "test.effect", effect: str = "甲") -> OutboxMessage:
    with transaction.atomic():
        return outbox.put(kind=kind, payload={"effect": effect}, effect_key=f"{kind}:{effect}")


def no_longer_wait() -> None:
    OutboxMessage.objects.filter(state="pending").update(not_before=timezone.now() - dt.timedelta(seconds=1))


@pytest.mark.django_db
def test_a_message_lives_and_dies_with_the_transaction_that_causes_it():
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  (the transaction is what is undone)
        put()
        raise RuntimeError("the cause did not happen")
    assert outbox.drain() == 0
    put()
    assert (outbox.drain(), effects("甲")) == (1, 1)


def test_a_message_outside_a_transaction_is_a_programmers_error(own_database):
    with own_database.as_default(), pytest.raises(AssertionError, match="in the transaction"):
        outbox.put(kind="test.effect", payload={}, effect_key="x")


@pytest.mark.django_db
def test_what_a_worker_writes_is_chinese_whatever_was_spoken_in_its_thread_before():
    put("test.speaks")
    with translation.override("en"):
        assert outbox.drain() == 1
        assert translation.get_language() == "en"
    assert effects("损失分担核定书") == 1


@pytest.mark.django_db
def test_a_message_that_nobody_can_do_is_not_written():
    with pytest.raises(AssertionError, match="no handler"):
        put("test.unheard_of")


@pytest.mark.django_db
def test_the_same_effect_asked_for_twice_happens_once():
    first, second = put(), put()
    assert first.pk == second.pk
    outbox.drain()
    third = put()
    assert (third.pk, outbox.drain(), effects("甲")) == (first.pk, 0, 1)


@pytest.mark.django_db
def test_an_effect_key_belongs_to_one_kind():
    with transaction.atomic():
        outbox.put(kind="test.effect", payload={}, effect_key="k")
    with pytest.raises(AssertionError, match="belongs to"), transaction.atomic():
        outbox.put(kind="test.slow", payload={}, effect_key="k")


def test_the_bell_rings_after_the_commit_and_not_before(own_database, monkeypatch):
    rung = []
    monkeypatch.setattr(outbox, "ring", lambda: rung.append(OutboxMessage.objects.count()))
    with own_database.as_default():
        with transaction.atomic():
            put()
            assert rung == []
        assert rung == [1]


@pytest.mark.faults
@pytest.mark.long
def test_a_broker_that_is_away_keeps_nobody_from_committing_and_the_sweep_does_the_work(own_database):
    """A process whose broker is a socket that nobody listens on: the first ring is slow, the next are not tried."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.work.worker", "put", "甲", "乙", "丙"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
        env=own_database.environment | {"CELERY_BROKER_URL": "redis+socket:///nonexistent/broker.sock"},
    )  # fmt: skip
    *_, rest = map(float, told.stdout.split())
    assert rest < 0.5
    with own_database.as_default():
        assert effects("甲") == 0
        assert tasks.sweep_outbox() == 3
        assert [effects(name) for name in "甲乙丙"] == [1, 1, 1]


@pytest.mark.django_db
def test_a_bell_rung_many_times_does_the_work_once():
    put()
    assert [tasks.drain_outbox() for _ in range(3)] == [1, 0, 0]
    assert effects("甲") == 1


@pytest.mark.django_db
def test_a_failing_message_leaves_no_half_effect_waits_longer_each_time_and_is_set_aside_where_it_is_seen():
    message = put("test.fails", "乙")
    waits = []
    for _ in range(8):
        no_longer_wait()
        began = timezone.now()
        assert outbox.work_one()
        message.refresh_from_db()
        waits.append(round((message.not_before - began).total_seconds()))
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256]
    assert (message.state, message.tries, effects("乙"), effects("乙 given up")) == ("dead", 8, 0, 1)
    assert "the printer is on fire" in message.last_error
    no_longer_wait()
    assert outbox.drain() == 0
    assert list(set_aside()) == [message]
    told = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("outbox", stdout=told)
    assert ended.value.code == 1
    assert "test.fails:乙（试过 8 次）：RuntimeError: the printer is on fire" in told.getvalue()


@pytest.mark.django_db
def test_what_was_set_aside_is_taken_up_again_by_hand_and_only_that():
    message = put()
    OutboxMessage.objects.filter(pk=message.pk).update(state="dead", tries=8)
    assert outbox.drain() == 0
    call_command("outbox", "--again", "test.effect:甲", stdout=io.StringIO())
    assert Act.objects.filter(verb="outbox.again", channel="command").count() == 1
    assert (outbox.drain(), effects("甲")) == (1, 1)
    with pytest.raises(CommandError, match="没有被搁置"):
        call_command("outbox", "--again", "test.effect:甲", stdout=io.StringIO())
    with pytest.raises(Refused, match="没有这件任务"):
        outbox.take_up_again(effect_key="nothing")


@pytest.mark.django_db
def test_one_bad_message_among_good_ones_holds_nobody_up():
    put("test.effect", "前")
    put("test.fails", "坏")
    put("test.effect", "后")
    assert outbox.drain() == 3
    assert (effects("前"), effects("坏"), effects("后")) == (1, 0, 1)


@pytest.mark.django_db
def test_a_message_of_a_kind_that_is_no_longer_known_is_tried_and_told_not_lost():
    OutboxMessage.objects.create(kind="test.of_long_ago", effect_key="old")
    put()
    assert outbox.drain() == 2
    assert "test.of_long_ago" in OutboxMessage.objects.get(effect_key="old").last_error


def test_two_workers_take_two_messages_and_neither_waits_for_the_other(own_database):
    """While one connection holds the first message, a second worker passes over it and does the other."""
    with own_database.as_default():
        first, second = put("test.effect", "一"), put("test.effect", "二")
        with psycopg.connect(own_database.url) as holder:
            holder.execute("SELECT 1 FROM work_outboxmessage WHERE id = %s FOR UPDATE", [first.pk])
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = '5s'")
            assert outbox.drain() == 1
            assert (effects("一"), effects("二")) == (0, 1)
            holder.rollback()
        assert outbox.drain() == 1
        assert set(OutboxMessage.objects.values_list("pk", "state")) == {
            (first.pk, "done"),
            (second.pk, "done"),
        }


@pytest.mark.race
def test_four_workers_at_one_heap_do_every_message_once(own_database):
    with own_database.as_default():
        for number in range(40):
            put("test.effect", f"第{number}件")

        def work():
            try:
                outbox.drain()
            finally:
                connection.close()

        workers = [threading.Thread(target=work) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [effects(f"第{number}件") for number in range(40)] == [1] * 40
        assert set(OutboxMessage.objects.values_list("state", "tries")) == {("done", 1)}


@pytest.mark.faults
def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_does_it_once(own_database):
    with own_database.as_default():
        message = put("test.slow", "丙")
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.work.worker", "drain"],
            cwd=ROOT, env=own_database.environment | {"SLOW": "1"},
        )  # fmt: skip
        try:
            wait_until_in_the_middle(own_database.superuser_url, worker)
        finally:
            worker.kill()
            worker.wait(10)
        wait_until_let_go(own_database.superuser_url)
        message.refresh_from_db()
        assert (message.state, message.tries, effects("丙")) == ("pending", 1, 0)
        assert "SLOW" not in os.environ
        no_longer_wait()
        assert (outbox.drain(), effects("丙")) == (1, 1)
        assert outbox.drain() == 0


def wait_until_in_the_middle(url: str, worker: subprocess.Popen[bytes]) -> None:
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND granted"
    with psycopg.connect(url, autocommit=True) as watcher:
        until = time.monotonic() + 60
        while watcher.execute(held, [AT_WORK]).fetchone() == (0,):
            assert worker.poll() is None, "the worker ended by itself"
            assert time.monotonic() < until, "the worker never began"
            time.sleep(0.05)


def wait_until_let_go(url: str) -> None:
    """The server notices a dead client when it next speaks to it; here it is told at once, as a keep-alive would."""
    with psycopg.connect(url, autocommit=True) as watcher:
        watcher.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s",
            [AT_WORK],
        )
        until = time.monotonic() + 20
        while watcher.execute("SELECT count(*) FROM pg_locks WHERE objid = %s", [AT_WORK]).fetchone() != (0,):
            assert time.monotonic() < until
            time.sleep(0.05)


@pytest.mark.faults
def test_a_message_that_kills_every_worker_is_set_aside_and_the_others_are_done(own_database):
    with own_database.as_default():
        poison = put("test.kills", "毒")
        put("test.effect", "丁")
        told = subprocess.run(
            [sys.executable, "-m", "tests.work.worker", "die", "10"],
            cwd=ROOT, env=own_database.environment, capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        assert told.stdout.split("\n")[:10] == ["killed by 9"] * 8 + ["ended"] * 2
        poison.refresh_from_db()
        assert (poison.state, poison.tries, effects("丁")) == ("dead", 8, 1)
        assert "中断" in poison.last_error


@pytest.mark.django_db
def test_a_filing_whose_checking_is_given_up_tells_its_bank_on_the_job():
    bank = make_cast().bank_a
    filing = intake.receive(
        by=bank.maker, form="loans", name="备案.xlsx", content=few(), on=dt.date(2026, 11, 20)
    )
    OutboxMessage.objects.filter(kind="intake.check").update(tries=8)
    outbox.drain()
    filing = Filing.objects.select_related("job").get(pk=filing.pk)
    assert (filing.state, filing.job.state) == ("unreadable", "failed")
    assert "重新上传" in filing.job.fault
    call_command("outbox", "--again", f"intake.check:{filing.pk}", stdout=io.StringIO())
    outbox.drain()  # what was told is not taken back
    assert Filing.objects.get(pk=filing.pk).state == "unreadable"
