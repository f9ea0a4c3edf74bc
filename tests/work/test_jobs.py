"""Job runs: a daily job once a business day, and progress that others see while the work is still uncommitted."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from kernel.work import jobs
from kernel.work.models import JobRun
from kernel.work.queries import job_runs
from tests.cast import make_cast
from tests.work.at_once import at_once

DAY = dt.date(2026, 11, 20)


@pytest.mark.django_db
def test_a_daily_job_runs_once_a_business_day_and_again_the_next():
    first = jobs.begin_daily(kind="reminders", business_day=DAY)
    assert jobs.begin_daily(kind="reminders", business_day=DAY) is None
    assert jobs.begin_daily(kind="reminders", business_day=DAY + dt.timedelta(days=1)) is not None
    assert jobs.begin_daily(kind="interest", business_day=DAY) is not None
    assert (first.state, first.started_at is not None) == ("running", True)


@pytest.mark.race
def test_ten_schedulers_at_one_moment_begin_a_daily_job_once(own_database):
    with own_database.as_default():
        begun = at_once(*[lambda: jobs.begin_daily(kind="reminders", business_day=DAY)] * 10)
        assert sum(run is not None for run in begun) == 1, begun
        assert JobRun.objects.count() == 1


def test_a_daily_job_whose_transaction_failed_may_begin_again(own_database):
    with own_database.as_default():
        with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  (the transaction is what is undone)
            assert jobs.begin_daily(kind="reminders", business_day=DAY)
            raise RuntimeError("the machine went down")
        assert jobs.begin_daily(kind="reminders", business_day=DAY) is not None


def test_progress_is_seen_before_the_work_commits_and_stays_when_it_fails(own_database):
    with own_database.as_default():
        bank = make_cast().bank_a
        job = jobs.queue(kind="intake.check", by=bank.maker, title="校验 月报.xlsx")

        def seen_from_outside():
            return at_once(
                lambda: JobRun.objects.values_list("state", "stage", "done", "total").get(pk=job.pk)
            )[0]

        assert seen_from_outside() == ("queued", "", 0, 0)
        with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  (the transaction is what is undone)
            jobs.progress(job.pk, stage="正在校验", done=120, total=200)
            assert seen_from_outside() == ("running", "正在校验", 120, 200)
            raise RuntimeError("the work is rolled back")
        assert seen_from_outside() == ("running", "正在校验", 120, 200)
        jobs.finish(job.pk)
        jobs.progress(job.pk, stage="迟到的进度", done=1, total=200)
        assert seen_from_outside() == ("done", "正在校验", 120, 200)


@pytest.mark.django_db(transaction=True)
def test_progress_never_says_more_than_all_of_it():
    job = jobs.queue(kind="intake.check", by=None, title="校验 月报.xlsx")
    jobs.progress(job.pk, stage="正在校验", done=300, total=200)
    job.refresh_from_db()
    assert (job.done, job.total) == (200, 200)
    with (
        pytest.raises(IntegrityError, match="a_job_is_not_more_than_done"),
        transaction.atomic(),
        connection.cursor() as c,
    ):
        c.execute("UPDATE work_jobrun SET done = 201")


@pytest.mark.django_db
def test_a_failed_job_says_why_and_only_its_own_house_sees_it(cast):
    job = jobs.queue(kind="intake.check", by=cast.bank_a.maker, title="校验 月报.xlsx")
    jobs.finish(job.pk, fault="文件无法读取")
    (seen,) = job_runs(viewer=cast.bank_a.checker)
    assert (seen.state, seen.fault) == ("failed", "文件无法读取")
    assert list(job_runs(viewer=cast.bank_b.maker)) == []
