"""A claim's course before any money: mending item by item, clocks that stop, the queue, granted shares, bounds."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from kernel.days import WorkingCalendar
from kernel.errors import Refused
from kernel.money.fields import fen_of
from riskpool.claims import actions as claims
from riskpool.claims import due, queries, waiting
from riskpool.claims.clocks import clocks_of
from riskpool.claims.models import Claim, ClockEvent, DeficiencyAnswer
from riskpool.claims.rules import Event, clock_of, most_penalty_fen, overdue_contradictions
from riskpool.pools import metrics
from tests.books import OVERDUE, PAPERS, TODAY, go_bad, open_books

pytestmark = pytest.mark.django_db
ASKED = [
    claims.Asked("9月催收记录", "只有7、8月", "办事规则第五条"),
    claims.Asked("质物处置情况", "申请未说明", "合作协议第八条"),
]
DAY = dt.timedelta(days=1)


def notice(books, claim, items=ASKED, on=TODAY):
    return claims.issue_notice(by=books.cast.district_bureau.officer, claim_id=claim.pk, items=items, on=on)


def reply(books, claim, *answers, on=TODAY):
    return claims.answer_items(
        by=books.cast.bank_a.maker, claim_id=claim.pk, answers=answers, on=on, at=timezone.now()
    )


def strike(books, claim, item, outcome="met", note=""):
    return claims.strike_off(
        by=books.cast.district_bureau.officer,
        claim_id=claim.pk,
        item_id=item.pk,
        outcome=outcome,
        note=note,
        on=TODAY,
    )


def test_a_deficient_claim_is_answered_item_by_item_and_decided_only_when_each_is_struck_off(books, filed):
    first, second = notice(books, filed).items.all()
    assert Claim.objects.get().state == "deficient"
    with pytest.raises(Refused, match="待补正"):
        books.accept(filed)
    paper = claims.Answered(first.pk, "paper", "", "9月.pdf", "application/pdf", b"%PDF-1.7 paper")
    reply(books, filed, paper)
    assert Claim.objects.get().state == "deficient", "one item is not answered yet"
    reply(books, filed, claims.Answered(second.pk, "unable", "质物尚在评估"))
    assert Claim.objects.get().state == "filed"
    with pytest.raises(Refused) as refused:
        books.accept(filed)
    assert [problem.code for problem in refused.value.problems] == ["item_open", "item_open"]
    strike(books, filed, first)
    with pytest.raises(Refused, match="没有理由"):
        strike(books, filed, second, "waived")
    strike(books, filed, second, "waived", "评估报告可后补")
    assert books.accept(filed).state == "accepted"


def test_what_was_not_met_is_asked_again_in_the_next_round_and_nothing_is_lost(books, filed):
    (first,) = notice(books, filed, ASKED[:1]).items.all()
    reply(books, filed, claims.Answered(first.pk, "statement", "已在附件"))
    strike(books, filed, first, "again", "附件中没有")
    (again,) = notice(books, filed, ASKED[:1]).items.all()
    assert again.notice.round == 2
    reply(books, filed, claims.Answered(again.pk, "statement", "重新上传"))
    strike(books, filed, again)
    assert list(DeficiencyAnswer.objects.order_by("pk").values_list("text", flat=True)) == [
        "已在附件",
        "重新上传",
    ]
    assert books.accept(filed).state == "accepted"


def test_every_fault_of_a_notice_and_of_an_answer_is_told_at_once(books, filed):
    with pytest.raises(Refused) as refused:
        notice(books, filed, [claims.Asked("", "x", ""), claims.Asked("y", " ", "z")])
    assert [p.where for p in refused.value.problems] == [
        "第1项 需补正的材料或事实",
        "第1项 依据条款",
        "第2项 原因",
    ]
    first, second = notice(books, filed).items.all()
    with pytest.raises(Refused) as refused:
        reply(
            books,
            filed,
            claims.Answered(first.pk, "paper"),
            claims.Answered(second.pk, "unable", " "),
            claims.Answered(0, "x"),
        )
    assert [p.code for p in refused.value.problems] == ["empty", "required", "not_open"]
    assert not DeficiencyAnswer.objects.exists()


def test_only_the_bank_answers_and_only_its_bureau_asks(books, filed, cast):
    (item, _) = notice(books, filed).items.all()
    for outsider in (cast.bank_b.maker, cast.district_bureau.officer):
        with pytest.raises(Claim.DoesNotExist):
            claims.answer_items(
                by=outsider, claim_id=filed.pk, answers=[claims.Answered(item.pk, "statement", "x")], on=TODAY,
                at=timezone.now(),
            )  # fmt: skip
    with pytest.raises(Claim.DoesNotExist):
        claims.issue_notice(by=cast.city_bureau.officer, claim_id=filed.pk, items=ASKED, on=TODAY)


def test_the_database_keeps_an_empty_answer_out(books, filed, cast):
    item = notice(books, filed).items.first()
    with pytest.raises(IntegrityError, match="an_answer_brings_a_paper_or_words"), transaction.atomic():
        DeficiencyAnswer.objects.create(
            item=item, kind="unable", text="", answered_on=TODAY, recorded_by=cast.bank_a.maker.account
        )


# ---- clocks

# 2026 as announced for the days that matter here: Sunday 20 September is worked, 25 September (mid-autumn) and
# 1-8 October are not, Saturday 10 October is worked
HOLIDAYS = {dt.date(2026, 9, 20): True, dt.date(2026, 9, 25): False, dt.date(2026, 10, 10): True} | {
    dt.date(2026, 10, day): False for day in range(1, 9)
}
CALENDAR = WorkingCalendar(HOLIDAYS, {2026})


def at(kind, month, day, desk="decision", year=2026):
    return Event(desk, kind, dt.date(year, month, day))


def test_a_clock_counts_a_make_up_sunday_and_stands_still_while_the_bank_owes():
    # filed Friday 18 Sept; Sunday 20 is day 1, 21 to 24 are days 2 to 5: stopped on 24; runs again on 29: 30 is day 6,
    # October 1 to 8 are holidays, 9 is day 7, Saturday 10 is day 8
    events = [at("start", 9, 18), at("stop", 9, 24), at("resume", 9, 29)]
    clock = clock_of(events, "decision", CALENDAR, 20, dt.date(2026, 10, 10))
    assert clock is not None
    assert (clock.used, clock.running, clock.late, clock.left) == (8, True, False, 12)
    # 12 more from Saturday 10 October: 12 to 16 are 5, 19 to 23 are 10, 26 and 27 are 12
    assert (clock.due_on, clock.provisional) == (dt.date(2026, 10, 27), False)
    stopped = clock_of(events[:2], "decision", CALENDAR, 20, dt.date(2026, 9, 30))
    assert stopped is not None
    assert (stopped.used, stopped.due_on, stopped.running) == (5, None, False)
    assert stopped.stopped == events[1]


def test_a_clock_that_is_stopped_twice_counts_only_what_ran():
    events = [
        at("start", 11, 2),
        at("stop", 11, 4),
        at("resume", 11, 9),
        at("stop", 11, 10),
        at("resume", 11, 16),
    ]
    clock = clock_of([*events, at("end", 11, 18)], "decision", CALENDAR, 4, dt.date(2026, 12, 1))
    assert clock is not None  # 3, 4 | 10 | 17, 18
    assert (clock.used, clock.late, clock.ended_on) == (5, True, dt.date(2026, 11, 18))


def test_a_deadline_over_the_new_year_is_provisional_until_next_year_is_announced():
    start = [at("start", 12, 22)]
    clock = clock_of(start, "decision", CALENDAR, 20, dt.date(2026, 12, 31))
    assert clock is not None
    assert clock.used == 7  # 23 to 25, 28 to 31
    assert clock.provisional
    known = WorkingCalendar({dt.date(2027, 1, 1): False}, {2026, 2027})
    again = clock_of(start, "decision", known, 20, dt.date(2027, 1, 4))
    assert again is not None
    # 1 January is a holiday: 4 January is day 8; 12 more: 5 to 8 are 4, 11 to 15 are 9, 18 to 20 are 12
    assert (again.used, again.due_on, again.provisional) == (8, dt.date(2027, 1, 20), False)


@given(
    gaps=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    start=st.dates(dt.date(2026, 1, 5), dt.date(2026, 6, 1)),
)
def test_days_of_running_and_standing_make_up_all_days(gaps, start):
    day, events, ran = start, [Event("decision", "start", start)], 0
    for place, gap in enumerate(gaps):
        before, day = day, day + gap * DAY
        runs = place % 2 == 0
        events.append(Event("decision", "stop" if runs else "resume", day))
        ran += CALENDAR.between(before, day) if runs else 0
    clock = clock_of(events, "decision", CALENDAR, None, day)
    assert clock is not None
    assert clock.used == ran <= CALENDAR.between(start, day)


def test_the_course_of_a_claim_moves_the_clocks_of_both_sides(books):
    claim = books.file(books.bad_loan(), 500_000_00)  # Friday 20 November
    notice(books, claim, ASKED[:1], on=dt.date(2026, 11, 23))
    claim = Claim.objects.get()
    desks = {c.desk: c for c in clocks_of(claim, CALENDAR, dt.date(2026, 11, 25))}
    assert (desks["decision"].used, desks["decision"].allowed, desks["decision"].running) == (1, 20, False)
    assert desks["decision"].stopped.reason == "第1次补正通知，1 项"
    assert "渝经办" in desks["decision"].stopped.by
    assert (desks["answer"].used, desks["answer"].due_on) == (2, dt.date(2026, 12, 7))
    item = claim.notices.get().items.get()
    reply(books, claim, claims.Answered(item.pk, "statement", "已补"), on=dt.date(2026, 11, 26))
    desks = {c.desk: c for c in clocks_of(claim, CALENDAR, dt.date(2026, 11, 27))}
    assert (desks["decision"].used, desks["answer"].ended_on) == (2, dt.date(2026, 11, 26))
    late = due.lateness(viewer=books.cast.district_bureau.officer, on=dt.date(2027, 3, 1), calendar=CALENDAR)
    assert [(row.desk, row.late) for row in late] == [("财政部门审核", 1), ("银行补正", 0)]


def test_a_procedure_gives_each_desk_its_days_and_a_paid_claim_has_no_clock_left(paid):
    clocks = clocks_of(paid, CALENDAR, TODAY)
    assert [(c.desk, c.allowed, c.ended_on) for c in clocks] == [
        ("decision", 20, TODAY),
        ("payment", 10, TODAY),
    ]
    assert ClockEvent.objects.count() == 4


# ---- deferral


def short_of_money(cast):
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 299_999_99)
    return books


def test_a_claim_that_the_pool_cannot_pay_waits_in_the_queue_and_is_taken_up_again(cast):
    books = short_of_money(cast)
    bureau = cast.district_bureau
    claim = books.file(books.bad_loan(625_000_00), 625_000_00)
    deferral = claims.defer(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    assert (deferral.cause, Claim.objects.get().state, Claim.objects.get().complete_on) == (
        "short",
        "deferred",
        TODAY,
    )
    assert "区级资金可用余额" in deferral.reasons[0]["where"]
    small = books.file(books.bad_loan(1_25), 1_25)
    with pytest.raises(Refused, match="前面还有 1 件"):
        books.accept(small)  # there would be money for it, but it came later
    claims.defer(by=bureau.officer, claim_id=small.pk, on=TODAY + DAY)
    assert [c.pk for c in waiting.queue(viewer=bureau.officer, pool=books.pool)] == [claim.pk, small.pk]
    assert waiting.queue(viewer=cast.bank_b.maker, pool=books.pool) == []
    books.pay_in("district", 10_00)
    assert books.accept(claim).state == "accepted"
    assert books.accept(small).state == "accepted"


def test_a_claim_that_nothing_keeps_from_being_accepted_is_not_deferred(books, filed):
    with pytest.raises(Refused, match="没有需要暂缓的情形"):
        claims.defer(by=books.cast.district_bureau.officer, claim_id=filed.pk, on=TODAY)


def test_a_suspended_claim_comes_back_unchanged_when_the_line_is_lifted(cast, monkeypatch):
    """loss-sharing.md 9, 7: suspend_8 of hubei-knowledge-value@2025 suspends claims at 8 %."""
    passing = {"fund": {"passes": True}, "province": {"source": "city"}, "city": {"source": "district"}}
    books = open_books(cast, "hubei-knowledge-value@2025", passing)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    plain, rate = queries.metric_values, {"scheme.npl_rate": "0.0799"}
    monkeypatch.setattr(
        queries,
        "metric_values",
        lambda claim, on: plain(claim, on) | {n: metrics.Value(n, text, on) for n, text in rate.items()},
    )
    claim = books.file(books.bad_loan(), 500_000_00)
    never_suspended = queries.preview(claim, TODAY).apportionment
    rate["scheme.npl_rate"] = "0.08"
    with pytest.raises(Refused, match="方案不良率达到 8%，方案暂停补偿"):
        books.accept(claim)
    deferral = claims.defer(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    assert deferral.cause == "suspended"
    with pytest.raises(Refused, match="方案不良率达到 8%，方案暂停补偿"):
        books.accept(claim)
    assert Claim.objects.get().state == "deferred"
    rate["scheme.npl_rate"] = "0.0799"
    later = books.file(books.bad_loan(1_25), 1_25)
    with pytest.raises(Refused, match="前面还有 1 件"):
        books.accept(later)  # the line is lifted: who waited for it comes first
    accepted = books.accept(claim)
    assert accepted.apportionment.sha256 == never_suspended.digest
    assert sum(fen_of(share.borne) for share in accepted.apportionment.shares.all()) == 500_000_00


def test_granted_shares_enter_the_digest_and_replay(books, filed, cast):
    free = queries.preview(filed, TODAY)
    with pytest.raises(Refused, match="核定比例的理由"):
        claims.accept(
            by=cast.district_bureau.officer, claim_id=filed.pk, on=TODAY, grants=[(0, "fund", "0.5")]
        )
    accepted = claims.accept(
        by=cast.district_bureau.officer, claim_id=filed.pk, on=TODAY, grants=[(0, "fund", "0.5")],
        reasons={"granted": "评审会核定"},
    )  # fmt: skip
    row = accepted.apportionment
    assert row.sha256 != free.apportionment.digest
    assert row.working["grants"] == ["0 fund 0.5"]
    assert fen_of(accepted.reserved) == 250_000_00
    books.pay(accepted)


def test_a_grant_above_the_ceiling_is_refused(filed, cast):
    with pytest.raises(Refused, match="不在上限之内"):
        claims.accept(
            by=cast.district_bureau.officer, claim_id=filed.pk, on=TODAY, grants=[(0, "fund", "0.81")],
            reasons={"granted": "x"},
        )  # fmt: skip


# ---- bounds and contradictions


def test_costs_need_a_paper_of_a_third_party_and_penalty_has_a_bound(books):
    enrolment = books.bad_loan()
    with pytest.raises(Refused) as refused:
        books.file(enrolment, 500_000_00, costs=1_00, penalty=11_389_60)
    # 500,000.00 at 3.85 % from 2026-07-01 to 2026-11-20, 142 days by 360: 7,593.06; by 1.5: 11,389.59
    assert [problem.code for problem in refused.value.problems] == ["costs_unproved", "penalty_too_high"]
    assert "11,389.59" in str(refused.value)
    invoice = claims.EvidenceFile("costs", "律师费.pdf", "application/pdf", b"%PDF-1.7 paper")
    filed = claims.file_claim(
        by=books.cast.bank_a.maker, enrolment_id=enrolment.pk, on=TODAY, at=timezone.now(),
        loss={"principal": 500_000_00, "costs": 1_00, "penalty": 11_389_59}, evidence=[*PAPERS, invoice],
    )  # fmt: skip
    assert [flag.code for flag in due.flags_of(filed)] == ["penalty_rate_unknown", "costs_to_check"]


def test_an_earlier_return_that_contradicts_the_first_day_of_delay_is_told(books):
    from finance.loans.models import LoanReturn
    from kernel.money.fields import money_of

    enrolment = books.bad_loan()
    for month, since in ((6, None), (8, None), (9, OVERDUE)):
        LoanReturn.objects.create(
            loan=enrolment.loan, period=dt.date(2026, month, 1), seq=1, balance=money_of(500_000_00),
            overdue_since=since, interest_paid=money_of(0), grade="normal", reported_on=dt.date(2026, month + 1, 3),
            digest=f"{month:064d}",
        )  # fmt: skip
    claim = books.file(enrolment, 500_000_00)
    assert [(flag.where, flag.level) for flag in due.flags_of(claim)] == [("2026-08 月报", "warning")]


@pytest.mark.parametrize(
    ("month", "stated", "told"),
    [(6, None, 0), (7, None, 1), (7, dt.date(2026, 7, 1), 0), (8, dt.date(2026, 8, 1), 1)],
)
def test_a_month_that_ended_before_the_delay_contradicts_nothing(month, stated, told):
    assert len(overdue_contradictions(dt.date(2026, 7, 1), [(dt.date(2026, month, 1), stated)])) == told


def test_the_payment_is_dated_by_the_day_of_the_approval(books, accepted, cast):
    asked = claims.propose_payment(by=cast.district_bureau.officer, claim_id=accepted.pk, on=TODAY)
    books.sign(asked, TODAY + 3 * DAY)
    assert accepted.payment.paid_on == accepted.payment.journal.day == TODAY + 3 * DAY


def test_the_second_person_is_shown_the_whole_decision(filed, cast):
    claims.accept(
        by=cast.district_bureau.officer, claim_id=filed.pk, on=TODAY, recognised={"principal": 450_000_00},
        reasons={"principal": "贷后检查缺失，协议第七条"},
    )  # fmt: skip
    asked = claims.propose_payment(by=cast.district_bureau.officer, claim_id=filed.pk, on=TODAY)
    assert asked.basis["loss"] == {"principal": 450_000_00}
    assert asked.basis["stated"]["principal"] == 500_000_00
    assert asked.basis["reasons"] == {"principal": "贷后检查缺失，协议第七条"}
    from django.urls import reverse

    seen = (
        cast.signed_in(cast.district_bureau.approver)
        .get(reverse("approval", args=[asked.pk]))
        .content.decode()
    )
    assert "贷后检查缺失，协议第七条" in seen
    assert "450,000.00" in seen


def test_a_loan_repaid_while_its_bank_mends_is_not_accepted(books):
    enrolment = books.bad_loan()
    claim = books.file(enrolment, 500_000_00)
    item = notice(books, claim, ASKED[:1]).items.get()
    go_bad(enrolment.loan, 100_000_00)
    reply(books, claim, claims.Answered(item.pk, "statement", "已补"))
    strike(books, claim, item)
    with pytest.raises(Refused, match="低于申请的本金"):
        books.accept(claim)


def test_the_bound_of_penalty_interest_is_a_multiple_of_the_contract_rate():
    from decimal import Decimal
    from fractions import Fraction

    # 1,000,000.00 at 3.6 % for 100 days by 360 is 10,000.00; half as much again is 15,000.00
    since = dt.date(2026, 1, 1)
    assert (
        most_penalty_fen(1_000_000_00, Decimal("3.6"), since, since + 100 * DAY, 360, Fraction(3, 2))
        == 15_000_00
    )
