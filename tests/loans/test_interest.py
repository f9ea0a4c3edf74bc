"""Interest of a loan to the fen: the figures of the reference by hand, laws on any loan, days that trip a careless count."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finance.loans.interest import (
    Draw,
    Early,
    Floating,
    Owed,
    Published,
    RateStep,
    Reprices,
    Terms,
    accrued_between,
    compound_interest_fen,
    half_up,
    penalty_interest_fen,
    rate_steps,
    read_conventions,
    schedule,
)  # fmt: skip
from finance.loans.interest.terms import BY_INSTALMENTS, REPAYMENTS, NotPublishedYet
from kernel.calendars.rules import read_calendar
from kernel.days import WorkingCalendar
from kernel.errors import Refused
from kernel.strict_yaml import read_file, read_text

ROOT = Path(__file__).resolve().parents[2]
CONVENTIONS_FILE = ROOT / "policies" / "standards" / "interest.yaml"
CONVENTIONS = read_conventions(read_file(CONVENTIONS_FILE))
PLAIN = WorkingCalendar({}, range(2000, 2040))
MILLION = 100_000_000  # fen
YEAR = dt.date(2024, 1, 15), dt.date(2025, 1, 14)
Day = dt.date


def announced(year: int) -> WorkingCalendar:
    text = (ROOT / "policies" / "calendars" / f"cn-{year}.yaml").read_text(encoding="utf-8")
    return WorkingCalendar({one.day: one.is_working for one in read_calendar(text).specials}, {year})


def fixed(
    principal: int = MILLION, rate: str = "0.0345", begin: Day = YEAR[0], due: Day = YEAR[1],
    repayment: str = "bullet", basis: str | int = "ACT/360",
) -> Terms:  # fmt: skip
    return Terms.fixed(principal, Fraction(rate), begin, due, repayment, basis)


def plan_of(terms: Terms, *events: Draw | Early, calendar: WorkingCalendar = PLAIN):
    return schedule(terms, events, CONVENTIONS, calendar)


def quarterly() -> Terms:
    return fixed(333_333_333, "0.0365", Day(2024, 2, 8), Day(2025, 2, 7), "quarterly_interest")


# --- the figures of the reference ---


@pytest.mark.parametrize(("basis", "fen"), [("ACT/360", 34_979_17), ("ACT/365", 34_500_00), (360, 34_979_17)])
def test_a_bullet_loan_of_a_year_counts_the_first_day_and_not_the_last(basis: str | int, fen: int) -> None:
    (row,) = plan_of(fixed(basis=basis)).rows
    assert (row.days, row.interest_fen, row.principal_fen, row.due_on) == (365, fen, MILLION, YEAR[1])


def test_whole_months_and_odd_days_come_to_the_same_as_a_year_of_360_by_360() -> None:
    """11 × 30 + 30: the count by months, one convention of the trade, by the rate ÷ 12 that instalments use."""
    plan = plan_of(fixed(repayment="equal_principal", due=Day(2025, 1, 15)))
    assert plan.accrued_between(YEAR[0], Day(2024, 2, 14)) * 12 == 34_500_00


def test_a_loan_settled_by_quarters_ends_its_periods_on_the_20th_and_rounds_each_of_them() -> None:
    plan = plan_of(quarterly())
    assert [row.days for row in plan.rows] == [42, 92, 92, 91, 48]
    assert [row.interest_fen for row in plan.rows] == [14_194_44, 31_092_59, 31_092_59, 30_754_63, 16_222_22]
    assert [row.last_day for row in plan.rows[:4]] == [Day(2024, month, 20) for month in (3, 6, 9, 12)]
    assert plan.rows[1].begin == Day(2024, 3, 21)
    assert plan.interest_fen == 123_356_47
    assert (
        half_up(plan.accrued_between(Day(2024, 2, 8), Day(2025, 2, 6))) == 123_356_48
    )  # at once, not by periods


def test_interest_paid_in_a_year_and_interest_of_the_year_are_two_figures() -> None:
    year = Day(2024, 1, 1), Day(2024, 12, 31)
    paid = plan_of(quarterly(), calendar=announced(2024)).paid_between(*year)
    accrued = half_up(accrued_between(quarterly(), (), CONVENTIONS, *year))
    assert (paid, accrued, accrued - paid) == (107_134_25, 110_851_85, 3_717_60)


def test_settled_interest_is_paid_on_the_21st_or_the_next_working_day() -> None:
    due = [row.due_on for row in plan_of(quarterly(), calendar=announced(2024)).rows]
    # 21 September 2024 is a Saturday; 21 December too; the loan's own due day stays where the contract has it
    assert due == [Day(2024, 3, 21), Day(2024, 6, 21), Day(2024, 9, 23), Day(2024, 12, 23), Day(2025, 2, 7)]


def test_a_due_day_in_a_year_that_is_not_announced_is_provisional() -> None:
    terms = fixed(begin=Day(2024, 10, 8), due=Day(2025, 10, 8), repayment="quarterly_interest")
    rows = plan_of(terms, calendar=announced(2024)).rows
    assert [row.provisional for row in rows] == [False, True, True, True, False]


def test_interest_is_never_due_after_the_loan_itself() -> None:
    terms = fixed(begin=Day(2024, 8, 1), due=Day(2024, 9, 22), repayment="monthly_interest")
    rows = plan_of(terms, calendar=announced(2024)).rows
    assert [row.due_on for row in rows] == [Day(2024, 8, 21), Day(2024, 9, 22), Day(2024, 9, 22)]


def test_a_loan_settled_by_months_has_a_period_from_the_21st_to_the_20th() -> None:
    rows = plan_of(fixed(repayment="monthly_interest")).rows
    assert (rows[0].begin, rows[0].last_day, rows[0].days) == (YEAR[0], Day(2024, 1, 20), 6)
    assert (rows[1].begin, rows[1].last_day, rows[1].days) == (Day(2024, 1, 21), Day(2024, 2, 20), 31)
    assert len(rows) == 13


def test_a_loan_lent_on_the_21st_has_no_empty_first_period() -> None:
    rows = plan_of(fixed(begin=Day(2024, 3, 21), due=Day(2025, 3, 21), repayment="quarterly_interest")).rows
    assert [row.days for row in rows] == [92, 92, 91, 90]


def test_equal_instalments_and_the_last_clears_the_balance() -> None:
    plan = plan_of(fixed(rate="0.036", due=Day(2025, 1, 15), repayment="equal_instalment"))
    assert {row.due_fen for row in plan.rows[:-1]} == {84_967_26}
    assert (plan.rows[-1].due_fen, plan.interest_fen, plan.rows[-1].closing_fen) == (84_967_24, 19_607_10, 0)


def test_equal_principal_and_the_last_keeps_what_division_leaves_over() -> None:
    plan = plan_of(fixed(rate="0.036", due=Day(2025, 1, 15), repayment="equal_principal"))
    assert (plan.rows[0].due_fen, plan.rows[-1].due_fen, plan.interest_fen) == (
        86_333_33,
        83_583_37,
        19_500_00,
    )
    assert {row.principal_fen for row in plan.rows[:-1]} == {83_333_33}
    assert plan.rows[-1].principal_fen == 83_333_37


def test_a_loan_due_a_day_before_its_anniversary_has_twelve_instalments_and_odd_days_by_days() -> None:
    plan = plan_of(
        fixed(rate="0.036", begin=Day(2026, 6, 10), due=Day(2027, 6, 9), repayment="equal_principal")
    )
    assert len(plan.rows) == 12
    assert plan.rows[-1].days == 30
    assert plan.rows[-1].interest_fen == half_up(Fraction(83_333_37 * 36 * 30, 360_000))


LPR = [
    Published(Day(2023, 8, 21), Fraction("0.0345")), Published(Day(2024, 6, 20), Fraction("0.0345")),
    Published(Day(2024, 7, 22), Fraction("0.0335")), Published(Day(2024, 10, 21), Fraction("0.031")),
    Published(Day(2024, 12, 20), Fraction("0.031")),
]  # fmt: skip


DRAWN, UNTIL = Day(2024, 7, 1), Day(2025, 6, 30)


def floating(reprices: Reprices, begin: Day = DRAWN, due: Day = UNTIL, points: int = 30) -> Terms:
    rates = rate_steps(Floating(points, reprices), LPR, drawn_on=begin, until=due, calendar=PLAIN)
    return Terms(MILLION, begin, due, rates, "bullet", 360)


def test_a_floating_loan_is_repriced_on_the_first_of_january() -> None:
    plan = plan_of(floating(Reprices(month=1, day=1)))
    (row,) = plan.rows
    assert [(part.days, part.rate) for part in row.parts] == [
        (184, Fraction("0.0375")),
        (180, Fraction("0.034")),
    ]
    assert row.interest_fen == 36_166_67


def test_the_rate_is_that_of_the_working_day_before_the_draw() -> None:
    """22 July 2024 brought 3.35 %: a loan drawn on that day still has Friday's 3.45 %, one of the next day not."""
    assert floating(Reprices(), Day(2024, 7, 22)).rates[0].rate == Fraction("0.0375")
    assert floating(Reprices(), Day(2024, 7, 23)).rates[0].rate == Fraction("0.0365")
    assert floating(Reprices(), Day(2024, 7, 22), points=-20).rates[0].rate == Fraction("0.0325")


def test_a_repricing_every_six_months_finds_the_new_value() -> None:
    steps = floating(Reprices(every_months=6), due=Day(2025, 1, 31)).rates
    assert steps == (
        RateStep(Day(2024, 7, 1), Fraction("0.0375")),
        RateStep(Day(2025, 1, 1), Fraction("0.034")),
    )


def test_a_repricing_whose_value_is_not_published_yet_waits_and_is_not_guessed() -> None:
    plan = plan_of(
        floating(Reprices(every_months=8))
    )  # 1 March 2025; the last known value is of 20 December 2024
    assert (plan.rows, plan.waits_from) == ((), Day(2025, 3, 1))
    assert plan.accrued_between(Day(2024, 7, 1), Day(2025, 2, 28)) == MILLION * Fraction("0.0375") * 243 / 360
    for ask in (plan.paid_between, plan.accrued_between, plan.principal_between):
        with pytest.raises(NotPublishedYet, match="2025-03-01"):
            ask(Day(2024, 7, 1), Day(2025, 3, 1))


def test_a_value_is_due_again_a_calendar_month_after_the_last_known_one() -> None:
    """The last row is of 20 December 2024; a draw on 20 January looks at Friday the 17th, one on the 21st at the 20th."""
    begun = Day(2025, 1, 20)
    assert floating(Reprices(), begun).rates[0].rate == Fraction("0.034")
    with pytest.raises(Refused, match="2025-01-21 放款前一工作日的利率尚未公布"):
        floating(Reprices(), begun + dt.timedelta(days=1))


def test_a_first_value_that_is_not_published_or_never_was_is_refused() -> None:
    with pytest.raises(Refused, match="尚未公布"):
        floating(Reprices(), Day(2025, 2, 1))
    with pytest.raises(Refused, match="早于首次公布"):
        floating(Reprices(), Day(2023, 8, 21))


def test_overdue_principal_bears_the_penalty_rate_and_unpaid_interest_compounds_by_settlements() -> None:
    overdue = [Owed(MILLION, Day(2025, 1, 14), Day(2025, 1, 24))]
    half = Fraction(1, 2)
    assert penalty_interest_fen(overdue, Fraction("0.0345"), half, 360) == 1_437_50
    unpaid = [Owed(1_000_000_00, Day(2025, 1, 1), Day(2025, 3, 2))]  # 60 days at 5.4 %, settled after 30
    assert compound_interest_fen(unpaid, Fraction("0.036"), half, 360) == 9_000_00
    assert compound_interest_fen(unpaid, Fraction("0.036"), half, 360, [Day(2025, 1, 31)]) == 9_020_25


def test_what_is_paid_late_changes_no_plan() -> None:
    """Penalty and compound interest have no way into what falls due or runs up: after the due day there are no days."""
    plan = plan_of(fixed())
    assert plan.accrued_between(YEAR[0], Day(2030, 1, 1)) == plan.accrued_between(*YEAR)
    assert plan.paid_between(YEAR[0], Day(2030, 1, 1)) == 34_979_17
    with pytest.raises(Refused, match="到期日之前"):
        plan_of(fixed(), Early(Day(2025, 1, 24), MILLION))


# --- draws and early repayments ---


def test_several_draws_bear_interest_each_from_its_own_day() -> None:
    (row,) = plan_of(fixed(), Draw(YEAR[0], 40_000_000), Draw(Day(2024, 4, 15), 60_000_000)).rows
    assert [part.days for part in row.parts] == [91, 274]
    assert row.interest_fen == half_up(Fraction(345, 3_600_000) * (40_000_000 * 91 + 100_000_000 * 274))


def test_a_bullet_loan_repaid_in_part_settles_with_that_part() -> None:
    first, second = plan_of(fixed(), Early(Day(2024, 7, 15), 30_000_000)).rows
    assert (first.days, first.due_on, first.principal_fen, first.early[0].fen) == (
        182,
        Day(2024, 7, 15),
        0,
        30_000_000,
    )
    assert (second.days, second.opening_fen, second.principal_fen) == (183, 70_000_000, 70_000_000)


@pytest.mark.parametrize("repayment", REPAYMENTS)
def test_a_loan_cleared_early_ends_on_that_day(repayment: str) -> None:
    terms = fixed(repayment=repayment)
    owed = next(row.closing_fen for row in reversed(plan_of(terms).rows) if row.end <= Day(2024, 5, 1)) if (
        repayment in BY_INSTALMENTS
    ) else MILLION  # fmt: skip
    plan = plan_of(terms, Early(Day(2024, 5, 1), owed))
    assert (plan.rows[-1].end, plan.rows[-1].due_on, plan.rows[-1].closing_fen) == (*[Day(2024, 5, 1)] * 2, 0)
    assert plan.accrued_between(Day(2024, 5, 1), YEAR[1]) == 0


def test_more_than_an_instalment_loan_still_owes_is_refused() -> None:
    with pytest.raises(Refused, match="超过当日余额"):
        plan_of(fixed(repayment="equal_principal"), Early(Day(2024, 5, 1), MILLION))


def test_after_an_early_repayment_the_instalments_are_worked_out_anew_for_the_months_left() -> None:
    terms = fixed(rate="0.036", due=Day(2025, 1, 15), repayment="equal_instalment")
    whole, less = plan_of(terms), plan_of(terms, Early(Day(2024, 7, 15), 30_000_000))
    assert len(less.rows) == len(whole.rows)
    assert (
        less.rows[5].interest_fen == whole.rows[5].interest_fen
    )  # on the due day: only what follows is less
    assert less.rows[6].due_fen < whole.rows[6].due_fen


@pytest.mark.parametrize("drawn_on", [Day(2024, 4, 14), Day(2024, 4, 15)])
def test_money_drawn_on_an_instalment_day_is_spread_over_the_instalments_left(drawn_on: Day) -> None:
    """400,000 ÷ 12 a month; 600,000 more after three of them: (300,000 + 600,000) ÷ 9 a month, none left for the end."""
    terms = fixed(due=Day(2025, 1, 15), repayment="equal_principal")
    plan = plan_of(terms, Draw(YEAR[0], 40_000_000), Draw(drawn_on, 60_000_000))
    principal = [row.principal_fen for row in plan.rows]
    assert principal[:3] == [3_333_333] * 3
    assert set(principal[3:-1]) == {10_000_000}
    assert principal[-1] == 10_000_001


def test_everything_that_cannot_be_is_told_at_once() -> None:
    terms = fixed(principal=0, rate="-0.01", due=Day(2023, 1, 1), repayment="balloon")
    with pytest.raises(Refused) as refused:
        plan_of(terms, Early(Day(2022, 1, 1), 5), Draw(Day(2022, 2, 1), -1))
    told = [problem.where for problem in refused.value.problems]
    assert told[:4] == ["本金", "到期日", "还款方式", "利率"]
    assert {"2022-01-01 提前还款", "2022-02-01 放款"} <= set(told)


def test_more_drawn_than_the_principal_or_repaid_than_drawn_is_refused() -> None:
    for events in ([Draw(YEAR[0], MILLION), Draw(Day(2024, 3, 1), 1)], [Early(Day(2024, 3, 1), MILLION + 1)]):
        with pytest.raises(Refused, match="超过"):
            plan_of(fixed(), *events)


# --- days that trip ---


def test_a_29th_of_february_is_a_day_of_interest() -> None:
    with_it = plan_of(fixed(begin=Day(2024, 2, 1), due=Day(2024, 3, 1))).rows[0]
    without = plan_of(fixed(begin=Day(2025, 2, 1), due=Day(2025, 3, 1))).rows[0]
    assert (with_it.days, without.days) == (29, 28)


def test_instalments_of_a_loan_lent_on_a_29th_or_31st_fall_on_the_last_of_a_short_month() -> None:
    rows = plan_of(fixed(begin=Day(2024, 2, 29), due=Day(2025, 2, 28), repayment="equal_principal")).rows
    assert [row.due_on.day for row in rows] == [29] * 11 + [28]
    rows = plan_of(fixed(begin=Day(2024, 1, 31), due=Day(2024, 5, 31), repayment="equal_principal")).rows
    assert [row.due_on for row in rows] == [
        Day(2024, 2, 29),
        Day(2024, 3, 31),
        Day(2024, 4, 30),
        Day(2024, 5, 31),
    ]
    assert all(row.interest_fen == half_up(row.opening_fen * Fraction("0.0345") / 12) for row in rows)


# --- laws ---

LOANS = st.builds(
    lambda principal, rate, begin, days, repayment, basis: Terms.fixed(
        principal, Fraction(rate, 10_000), begin, begin + dt.timedelta(days=days), repayment, basis
    ),
    st.integers(100_000_00, 5_000_000_000_00),
    st.integers(0, 2400),
    st.dates(Day(2019, 1, 1), Day(2026, 1, 1)),
    st.integers(1, 1100),
    st.sampled_from(REPAYMENTS),
    st.sampled_from(["ACT/360", "ACT/365"]),
)


@st.composite
def repaid_early(draw: st.DrawFn) -> tuple[Terms, Early]:
    terms = draw(LOANS)
    assume((terms.due_on - terms.disbursed_on).days > 1)
    on = draw(st.dates(terms.disbursed_on + dt.timedelta(days=1), terms.due_on))
    rows = plan_of(terms).rows
    owed = next((row.opening_fen for row in rows if row.begin < on <= row.end), 0)
    assume(owed > 100_000)
    return terms, Early(
        on, draw(st.integers(100_000, owed))
    )  # an instalment's own rounding is below 1,000 yuan


@given(repaid_early())
def test_what_is_paid_back_is_what_was_lent(case: tuple[Terms, Early]) -> None:
    terms, early = case
    for plan in (plan_of(terms), plan_of(terms, early)):
        back = sum(row.principal_fen for row in plan.rows) + sum(
            one.fen for row in plan.rows for one in row.early
        )
        assert (back, plan.rows[-1].closing_fen) == (terms.principal_fen, 0)
        assert plan.principal_between(Day(2000, 1, 1), Day(2040, 1, 1)) == terms.principal_fen


@given(LOANS, st.dates(Day(2018, 1, 1), Day(2030, 1, 1)))
def test_interest_runs_up_day_by_day_and_adds_up(terms: Terms, day: Day) -> None:
    plan, far = plan_of(terms), (Day(2010, 1, 1), Day(2040, 1, 1))
    whole = plan.accrued_between(*far)
    assert (
        plan.accrued_between(far[0], day) + plan.accrued_between(day + dt.timedelta(days=1), far[1]) == whole
    )
    assert abs(whole - plan.interest_fen) <= Fraction(len(plan.rows), 2)  # each period is rounded once


@given(repaid_early())
def test_early_repayment_never_raises_the_interest(case: tuple[Terms, Early]) -> None:
    terms, early = case
    assert plan_of(terms, early).interest_fen <= plan_of(terms).interest_fen


@given(LOANS)
def test_the_rows_of_a_plan_cover_its_days_without_gap_or_overlap(terms: Terms) -> None:
    rows = plan_of(terms).rows
    assert rows[0].begin == terms.disbursed_on
    assert rows[-1].end == terms.due_on
    assert [row.end for row in rows[:-1]] == [row.begin for row in rows[1:]]
    assert sum(part.days for row in rows for part in row.parts) == (terms.due_on - terms.disbursed_on).days
    assert all(row.due_on <= terms.due_on for row in rows)


# --- the file ---


def test_the_conventions_say_where_they_are_written_and_how_well_that_is_known() -> None:
    assert {name: mark for name, (_, _, mark) in CONVENTIONS.sources.items()} == {
        "settlement": "SEEN", "penalty": "RECALLED", "day_count": "RECALLED", "instalments": "assumed",
    }  # fmt: skip


def test_a_faulty_file_of_conventions_is_refused_with_all_its_faults() -> None:
    text = CONVENTIONS_FILE.read_text(encoding="utf-8")
    wrong = (
        text.replace("day: '20'", "day: '31'")
        .replace("'3', '6', '9'", "'3', '13', '9'")
        .replace("SEEN", "SURE")
    )
    with pytest.raises(Refused) as refused:
        read_conventions(read_text(wrong.replace("['0.3', '0.5']", "[0.3, 0.5]") + "\nextra: x"))
    told = str(refused.value)
    for place in ("settlement.day", "quarter_months", "status", "overdue_uplift", "extra"):
        assert place in told
