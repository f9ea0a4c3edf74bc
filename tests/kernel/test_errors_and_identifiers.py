"""Problems told to a person, and identifiers in the order of time."""

import pickle
import threading
from datetime import UTC, datetime
from uuid import RFC_4122

import pytest
import time_machine

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.identifiers import new_id

BAD_DATE = Problem("第17行 到期日", "2024-02-30 不是有效日期", "请按 YYYY-MM-DD 填写", "date")
LATE = Problem("第18行", "报送已逾期", "请说明原因", "late", "warning")


def test_a_problem_says_where_what_and_what_is_wanted():
    assert str(BAD_DATE) == "第17行 到期日：2024-02-30 不是有效日期。请按 YYYY-MM-DD 填写"


def test_a_refusal_carries_all_its_problems_also_through_a_queue():
    refused = Refused([BAD_DATE, LATE])
    assert refused.problems == (BAD_DATE, LATE)
    assert pickle.loads(pickle.dumps(refused)).problems == (BAD_DATE, LATE)
    assert str(refused).splitlines() == [str(BAD_DATE), str(LATE)]
    assert Refused(BAD_DATE).problems == (BAD_DATE,)


def test_a_refusal_without_a_reason_is_a_programmers_error():
    with pytest.raises(AssertionError):
        Refused([])


def test_warnings_alone_stop_nothing():
    refuse_if_any([])
    refuse_if_any([LATE])
    with pytest.raises(Refused) as refused:
        refuse_if_any([LATE, BAD_DATE])
    assert refused.value.problems == (LATE, BAD_DATE)


def test_ids_are_uuids_of_version_7_with_the_time_in_front():
    moment = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        made = new_id()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert (made.int >> 80) - int(moment.timestamp()) * 1000 >= 0


def test_ids_grow_also_within_one_millisecond_and_when_the_clock_steps_back():
    with time_machine.travel(datetime(2126, 1, 1, tzinfo=UTC), tick=False):
        made = [new_id() for _ in range(10_000)]
    made += [new_id() for _ in range(100)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_get_the_same_id():
    made = []
    threads = [threading.Thread(target=lambda: made.extend(new_id() for _ in range(2_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8_000
