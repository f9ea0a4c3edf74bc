"""The custodian's statement line by line: what is refused, what is matched, what freezes, and the reconciliation."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.statements.matching import Line, Movement, match
from kernel.work.approvals import approve
from kernel.work.models import Approval
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.treasury import actions, queries, rules
from riskpool.treasury.models import LineClearing, PaymentInstruction, StatementImport, StatementLine
from tests.books import LENT, TODAY
from tests.treasury.bank import answer, enter, send, state, statement, succeeded

YEAR = dt.date(2026, 1, 1)
PAID = dt.date(2026, 11, 20)
CAME = (LENT, "4000000.00", "", "市财政国库", "出资", "K1", "")
needs_database = pytest.mark.django_db


def codes(refused) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def freezes(books) -> list[str]:
    """What freezes payouts; the gap that is told without the whole account is the one of the reconciliation."""
    for source in books.pool.sources.all():
        whole, part = queries.reconciliation(source), queries.opening_gap(source)
        assert (whole and whole.opening_gap) == (part and part[0])
    return [problem.code for problem in queries.frozen(books.pool)]


@needs_database
def test_lines_that_fit_one_movement_each_are_matched_and_nothing_freezes(books, claim):
    row = PaymentInstruction.objects.get(source__code="city")
    content = statement([
        (*CAME[:6], "4000000.00"),
        (PAID, "", "160000.00", row.payee.holder, f"补偿款 {row.reference}", "K2", "3840000.00"),
    ])  # fmt: skip
    entered = state(books, "city", YEAR, TODAY, 0, 3_840_000_00, content)
    assert isinstance(entered, StatementImport)
    assert [c.how for c in LineClearing.objects.order_by("line__seq")] == ["amount", "reference"]
    found = queries.reconciliation(books.source("city"))
    assert found is not None
    assert (found.bank, found.book, found.bank_adjusted, found.book_adjusted) == (384_000_000,) * 4
    assert (found.freezes, freezes(books), queries.faults()) == (False, [], [])


@needs_database
def test_the_serial_of_the_banks_answer_matches_its_line(books, claim):
    send(books, "city")
    row = PaymentInstruction.objects.get(source__code="city")
    enter(books, answer([succeeded(row, "B100")]))
    state(
        books,
        "city",
        YEAR,
        TODAY,
        0,
        3_840_000_00,
        statement([CAME, (PAID, "0", "160000.00", "", "", "B100", "")]),
    )
    assert LineClearing.objects.get(line__bank_reference="B100").how == "reference"


@needs_database
def test_a_payment_still_under_way_explains_the_difference_and_does_not_freeze(books, claim):
    state(books, "city", YEAR, TODAY, 0, 4_000_000_00, statement([CAME]))
    source = books.source("city")
    stated = source.cash.stated_balances.get()
    assert ledger.difference(stated) == 160_000_00, "the bank still has what the book has paid"
    assert pools.unexplained(source) == 0
    assert freezes(books) == []
    found = queries.reconciliation(source)
    assert found is not None
    assert (found.paid_by_book, found.bank_adjusted, found.book_adjusted) == (
        160_000_00,
        384_000_000,
        384_000_000,
    )
    (position, _) = pool_queries.position(
        viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY
    ).sources
    assert (position.difference, position.unexplained) == (160_000_00, 0)


@needs_database
def test_a_line_that_nobody_knows_freezes_payouts_of_the_whole_pool_until_two_persons_explain_it(books, cast):
    bureau = cast.district_bureau
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    rows = [CAME, (PAID, "88.00", "", "某公司", "误汇", "K9", "")]
    state(books, "city", YEAR, TODAY, 0, 4_000_088_00, statement(rows))
    with pytest.raises(Refused, match="未查明") as refused:
        books.pay(claim)
    assert codes(refused) == ["unexplained_line"]
    line = queries.open_lines(books.pool).get()
    asked = actions.propose_explanation(
        by=bureau.officer, pool_id=books.pool.pk, line_id=line.pk, kind="stray_in", note="来函待退"
    )
    with pytest.raises(Refused):
        approve(by=bureau.officer, approval_id=asked.pk)
    approve(by=bureau.approver, approval_id=asked.pk)
    found = queries.reconciliation(books.source("city"))
    assert found is not None
    assert (found.received_by_bank, found.bank_adjusted, found.book_adjusted) == (
        88_00,
        400_008_800,
        400_008_800,
    )
    assert freezes(books) == []
    approve(by=bureau.approver, approval_id=Approval.objects.get(kind="claims.pay", state="asked").pk)
    claim.refresh_from_db()
    assert claim.state == "paid"


@needs_database
def test_two_unknown_lines_that_cancel_each_other_freeze_all_the_same(books):
    rows = [CAME, (PAID, "88.00", "", "", "", "K8", ""), (PAID, "", "88.00", "", "", "K9", "")]
    state(books, "city", YEAR, TODAY, 0, 4_000_000_00, statement(rows))
    assert pools.unexplained(books.source("city")) == 0
    assert freezes(books) == ["unexplained_line", "unexplained_line"]


@needs_database
def test_interest_and_fees_are_booked_by_the_explanation_and_matched_with_it(books, cast):
    bureau = cast.district_bureau
    rows = [CAME, (PAID, "1234.56", "", "", "结息", "K8", ""), (PAID, "", "50.00", "", "账户费", "K9", "")]
    state(books, "city", YEAR, TODAY, 0, 4_001_184_56, statement(rows))
    for line, kind in zip(queries.open_lines(books.pool), ("interest", "fee"), strict=True):
        asked = actions.propose_explanation(
            by=bureau.officer, pool_id=books.pool.pk, line_id=line.pk, kind=kind, note="银行回单"
        )
        approve(by=bureau.approver, approval_id=asked.pk)
    source = books.source("city")
    assert (ledger.balance(source.cash), ledger.balance(source.free)) == (4_001_184_56, 4_001_184_56)
    assert set(Journal.objects.filter(kind__in=["interest", "account_fee"]).values_list("kind", flat=True)) == {
        "interest", "account_fee",
    }  # fmt: skip
    assert pools.unexplained(source) == 0
    assert queries.faults() == []


INTEREST = (PAID, "1234.56", "", "", "结息", "K8", "")


def explain(books, kind: str = "interest") -> Approval:
    return actions.propose_explanation(
        by=books.cast.district_bureau.officer, pool_id=books.pool.pk, line_id=queries.open_lines(books.pool).get().pk,
        kind=kind, note="银行回单",
    )  # fmt: skip


def register(books, reference: str, fen: int = 1_234_56, day: dt.date = PAID) -> Approval:
    return actions.propose_interest(
        by=books.cast.district_bureau.officer, source=books.source("city"), fen=fen, day=day, reference=reference,
        on=TODAY,
    )  # fmt: skip


@needs_database
def test_interest_by_which_a_line_was_explained_is_not_registered_again(books):
    state(books, "city", YEAR, TODAY, 0, 4_001_234_56, statement([CAME, INTEREST]))
    books.sign(explain(books))
    for typed, code in (
        ({"reference": "K8", "fen": 1}, "duplicate"),
        ({"reference": "JX-1"}, "booked_already"),
        ({"reference": "JX-1", "day": PAID - dt.timedelta(days=3)}, "booked_already"),
    ):
        with pytest.raises(Refused) as refused:
            register(books, **typed)
        assert codes(refused) == [code]
    books.sign(register(books, "JX-2", fen=1_234_57))  # another one
    assert ledger.balance(books.source("city").free) == 4_002_469_13


@needs_database
def test_a_line_is_not_explained_by_interest_that_was_registered_and_only_waits_to_be_matched(books):
    books.sign(register(books, "JX-1", day=PAID - dt.timedelta(days=60)))  # too far for the rules to be sure
    state(books, "city", YEAR, TODAY, 0, 4_001_234_56, statement([CAME, INTEREST]))
    with pytest.raises(Refused, match="请改为匹配到该凭证") as refused:
        explain(books)
    assert codes(refused) == ["booked_already"]
    line = queries.open_lines(books.pool).get()
    asked = actions.propose_match(
        by=books.cast.district_bureau.officer, pool_id=books.pool.pk, line_id=line.pk,
        journal_id=Journal.objects.get(kind="interest").pk,
    )  # fmt: skip
    books.sign(asked)
    assert (freezes(books), queries.faults()) == ([], [])


@needs_database
@pytest.mark.parametrize("first", ["registered", "explained"])
def test_of_two_who_ask_for_the_same_interest_the_second_is_refused_at_the_signature(books, first):
    state(books, "city", YEAR, TODAY, 0, 4_001_234_56, statement([CAME, (*INTEREST[:5], "", "")]))
    asked = {
        "registered": register(books, "JX-1", day=PAID - dt.timedelta(days=3)),
        "explained": explain(books),
    }
    books.sign(asked.pop(first))
    (second,) = asked.values()
    with pytest.raises(Refused):
        books.sign(second)
    assert ledger.balance(books.source("city").cash) == 4_001_234_56


@needs_database
def test_a_fee_whose_line_was_corrected_is_matched_and_not_booked_again(books):
    fee = (PAID, "", "50.00", "", "账户费", "", "")
    wrong = state(books, "city", YEAR, TODAY, 0, 3_999_950_00, statement([CAME, fee]))
    books.sign(explain(books, "fee"))
    right = statement(
        [CAME, (PAID, "", "50.00", "", "账户管理费", "", ""), (PAID, "", "50.00", "", "账户管理费", "", "")]
    )
    books.sign(state(books, "city", YEAR, TODAY, 0, 3_999_900_00, right, supersedes=wrong))
    line = queries.open_lines(books.pool).first()
    with pytest.raises(Refused, match="不得重复入账"):
        actions.propose_explanation(
            by=books.cast.district_bureau.officer,
            pool_id=books.pool.pk,
            line_id=line.pk,
            kind="fee",
            note="回单",
        )


@needs_database
def test_an_explanation_of_the_wrong_direction_or_of_no_kind_is_refused(books, cast):
    state(
        books, "city", YEAR, TODAY, 0, 4_000_001_00, statement([CAME, (PAID, "1.00", "", "", "", "K8", "")])
    )
    line = queries.open_lines(books.pool).get()
    for kind, code in (("fee", "direction"), ("gift", "unknown_kind")):
        with pytest.raises(Refused) as refused:
            actions.propose_explanation(
                by=cast.district_bureau.officer, pool_id=books.pool.pk, line_id=line.pk, kind=kind, note=" "
            )
        assert codes(refused) == [code, "required"]


@needs_database
def test_what_fits_several_movements_is_left_to_two_persons(books, cast):
    bureau = cast.district_bureau
    for _ in range(2):
        books.pay_in("city", 100_000_00, day=PAID)
    rows = [CAME, (PAID, "100000.00", "", "", "", "K8", ""), (PAID, "100000.00", "", "", "", "K9", "")]
    state(books, "city", YEAR, TODAY, 0, 4_200_000_00, statement(rows))
    first, second = queries.open_lines(books.pool)
    one, two = (journal for journal, _ in queries.candidates(first))
    asked = actions.propose_match(
        by=bureau.officer, pool_id=books.pool.pk, line_id=first.pk, journal_id=one.pk
    )
    approve(by=bureau.approver, approval_id=asked.pk)
    with (
        pytest.raises(IntegrityError, match="a_cash_movement_clears_one_statement_line"),
        transaction.atomic(),
    ):
        LineClearing.objects.create(line=second, source=books.source("city"), how="amount", journal=one)
    with pytest.raises(Refused, match="未匹配凭证"):
        actions.propose_match(by=bureau.officer, pool_id=books.pool.pk, line_id=second.pk, journal_id=one.pk)
    assert actions.match_again(by=bureau.officer, pool_id=books.pool.pk) == 1, "now only one fits"
    assert freezes(books) == []
    clearing = LineClearing.objects.get(line=second)
    assert clearing.journal == two


@needs_database
def test_a_line_is_matched_when_the_money_it_shows_is_booked_later(books, cast):
    state(
        books,
        "city",
        YEAR,
        TODAY,
        0,
        4_500_000_00,
        statement([CAME, (PAID, "500000.00", "", "", "", "K8", "")]),
    )
    assert freezes(books) == ["unexplained_line"]
    books.pay_in("city", 500_000_00, day=PAID)
    assert actions.match_again(by=cast.district_bureau.officer, pool_id=books.pool.pk) == 1
    assert freezes(books) == []


@needs_database
def test_another_counterparty_or_a_day_outside_the_window_is_not_matched(books, claim):
    row = PaymentInstruction.objects.get(source__code="city")
    rows = [CAME, (PAID - dt.timedelta(days=4), "", "160000.00", row.payee.holder, "", "K2", "")]
    state(books, "city", YEAR, TODAY, 0, 3_840_000_00, statement(rows))
    assert freezes(books) == ["unexplained_line"]


@needs_database
def test_every_fault_of_a_statement_is_told_at_once_with_row_and_column(books):
    rows = [
        (dt.date(2025, 12, 31), "1.00", "", "", "", "K1", "1.00"),
        (LENT, "2.00", "3.00", "", "", "K2", "9.00"),
        (LENT, "", "", "", "", "", ""),
        (LENT, "-5", "", "", "", "K4", ""),
        (LENT, "7.00", "", "", "", "K5", "7.00"),
        (LENT, "7.00", "", "", "", "K5", "15.00"),
    ]
    with pytest.raises(Refused) as refused:
        state(books, "city", YEAR, TODAY, 0, 1, statement(rows))
    assert [(p.where.split(" ")[0], p.where[-3], p.code) for p in refused.value.problems] == [
        ("第2行", "A", "outside_span"),
        ("第3行", "B", "one_direction"),
        ("第3行", "G", "balance_breaks"),
        ("第4行", "B", "one_direction"),
        ("第5行", "B", "negative"),
        ("第6行", "F", "twice_in_file"),
        ("第7行", "F", "twice_in_file"),
        ("第7行", "G", "balance_breaks"),
    ]
    assert not StatementImport.objects.exists()


@needs_database
def test_opening_and_lines_must_come_to_the_closing(books):
    with pytest.raises(Refused, match=r"应为 4,000,000\.00 元") as refused:
        state(books, "city", YEAR, TODAY, 0, 4_000_000_01, statement([CAME]))
    assert codes(refused) == ["closing_breaks"]


@needs_database
def test_statements_join_their_neighbours_and_share_no_day(books):
    state(books, "city", YEAR, LENT, 0, 4_000_000_00, statement([CAME]))
    books.pay_in("city", 1_00, day=PAID)
    more = statement([(PAID, "1.00", "", "", "", "K2", "")])
    with pytest.raises(Refused) as refused:
        state(books, "city", LENT, TODAY, 4_000_000_00, 4_000_001_00, more)
    assert codes(refused) == ["overlap"]
    with pytest.raises(Refused) as refused:
        state(books, "city", LENT + dt.timedelta(days=1), TODAY, 3_999_999_00, 4_000_000_00, more)
    assert codes(refused) == ["not_joined"]
    state(books, "city", LENT + dt.timedelta(days=1), TODAY, 4_000_000_00, 4_000_001_00, more)
    assert freezes(books) == []
    standing = StatementImport.objects.order_by("span").first()
    with (
        pytest.raises(IntegrityError, match="the_statements_of_an_account_do_not_overlap"),
        transaction.atomic(),
    ):
        StatementImport.objects.create(
            number="x", source=standing.source, file=standing.file, span=standing.span, opening=standing.opening,
            closing=standing.closing, recorded_by=standing.recorded_by,
            stated=standing.source.cash.stated_balances.create(day=TODAY, amount=0, source="x"),
        )  # fmt: skip


@needs_database
def test_an_opening_that_the_book_does_not_know_freezes(books):
    state(
        books,
        "city",
        PAID,
        TODAY,
        3_999_999_00,
        4_000_000_00,
        statement([(PAID, "1.00", "", "", "", "", "")]),
    )
    assert freezes(books) == ["unexplained_line", "unreconciled"]
    found = queries.reconciliation(books.source("city"))
    assert found is not None
    assert (found.opening_gap, found.unexplained, found.adds_up) == (-1_00, 0, True)
    assert found.freezes


@needs_database
def test_a_gap_at_the_opening_is_told_without_reading_what_moved_since(books, claim):
    """What every page of a pool asks does not grow with the life of the account."""
    state(books, "city", YEAR, TODAY, 1_00, 4_000_001_00, statement([CAME]))
    source = books.source("city")
    assert (len(queries.movements_of(source)), queries.movements_of(source, before=YEAR)) == (2, [])
    gap, first = queries.opening_gap(source)
    assert (gap, first.span.lower) == (1_00, YEAR)


@needs_database
def test_an_opening_gap_freezes_also_where_a_payment_under_way_cancels_it(books, claim, cast):
    """The bank begins with 160,000.00 too little and does not show the payment of 160,000.00: no difference at all."""
    books.pay_in("city", 1_00, day=PAID)
    state(
        books,
        "city",
        PAID,
        TODAY,
        3_840_000_00,
        3_840_001_00,
        statement([(PAID, "1.00", "", "", "", "", "")]),
    )
    source = books.source("city")
    assert ledger.difference(source.cash.stated_balances.get()) == 0
    assert pools.unexplained(source) == -160_000_00
    assert freezes(books) == ["unreconciled"]
    with pytest.raises(Refused, match="须两人办理"):
        pools.state_balance(
            by=cast.district_bureau.officer, source=source, day=TODAY, fen=1, reference="x", on=TODAY
        )


@needs_database
def test_the_same_statement_again_changes_nothing(books):
    first = state(books, "city", YEAR, TODAY, 0, 4_000_000_00, statement([CAME]))
    assert state(books, "city", YEAR, TODAY, 0, 4_000_000_00, statement([CAME])) == first
    assert StatementLine.objects.count() == 1


@needs_database
def test_a_correction_takes_two_persons_supersedes_by_fact_and_keeps_what_was_matched(books, cast):
    bureau = cast.district_bureau
    wrong = state(
        books, "city", YEAR, TODAY, 0, 4_000_088_00, statement([CAME, (PAID, "88.00", "", "", "", "K9", "")])
    )
    assert freezes(books) == ["unexplained_line"]
    asked = state(books, "city", YEAR, TODAY, 0, 4_000_000_00, statement([CAME]), supersedes=wrong)
    assert isinstance(asked, Approval)
    assert freezes(books) == ["unexplained_line"]
    right = approve(by=bureau.approver, approval_id=asked.pk)
    wrong.refresh_from_db()
    assert (wrong.live, right.supersedes, right.live) == (False, wrong, True)
    assert StatementLine.objects.filter(statement=wrong).count() == 2, "what the bank said first stays said"
    assert LineClearing.objects.filter(line__statement=right, live=True).count() == 1
    assert freezes(books) == []
    with pytest.raises(IntegrityError, match="不得恢复"), transaction.atomic():
        StatementImport.objects.filter(pk=wrong.pk).update(live=True)
    assert queries.faults() == []


@needs_database
def test_while_payouts_are_frozen_a_further_statement_takes_two_persons(books):
    state(books, "city", YEAR, LENT, 0, 4_000_001_00, statement([CAME, (LENT, "1.00", "", "", "", "K2", "")]))
    later = statement([(PAID, "", "1.00", "", "", "K3", "")])
    asked = state(books, "city", LENT + dt.timedelta(days=1), TODAY, 4_000_001_00, 4_000_000_00, later)
    assert isinstance(asked, Approval)


@needs_database
def test_a_payment_that_failed_before_the_bank_moved_it_is_no_timing_difference(books, claim):
    from tests.treasury.bank import failed

    send(books, "city")
    enter(books, answer([failed(PaymentInstruction.objects.get(source__code="city"))]))
    state(books, "city", YEAR, TODAY, 0, 4_000_000_00, statement([CAME]))
    found = queries.reconciliation(books.source("city"))
    assert found is not None
    assert (found.book_not_bank, found.freezes) == ((), False)


@needs_database
def test_a_balance_stated_without_lines_keeps_todays_promise(books, cast):
    pools.state_balance(
        by=cast.district_bureau.officer, source=books.source("city"), day=TODAY, fen=1, reference="x", on=TODAY
    )  # fmt: skip
    assert freezes(books) == ["unreconciled"]


# --- laws ---

DAYS = st.integers(0, 20).map(lambda n: YEAR + dt.timedelta(days=n))
SUMS = st.integers(-5, 5).filter(bool)


@st.composite
def accounts(draw):
    """Movements and lines of one account; any clearing of equal amounts, some lines only explained, some open."""
    movements = [Movement(f"j{i}", draw(DAYS), draw(SUMS)) for i in range(draw(st.integers(0, 8)))]
    lines = [Line(i, draw(DAYS), draw(SUMS)) for i in range(draw(st.integers(0, 8)))]
    cleared: dict[int, str] = {}
    for line in lines:
        fits = [m.journal for m in movements if m.signed == line.signed and m.journal not in cleared.values()]
        choice = draw(st.sampled_from([*fits, "", None]))
        if choice is not None:
            cleared[line.id] = choice
    return movements, lines, cleared


@given(accounts(), DAYS, st.integers(-9, 9))
def test_a_reconciliation_always_adds_up_to_the_opening_gap(account, on, opening):
    movements, lines, cleared = account
    first = min((line.day for line in lines), default=on)
    bank = opening + sum(line.signed for line in lines if line.day <= on)
    found = rules.reconcile(
        on=on, first_day=first, opening=opening, bank=bank, lines=lines, movements=movements, cleared=cleared
    )
    assert found.adds_up
    assert found.book == sum(movement.signed for movement in movements if movement.day <= on)
    timing = sum(one.signed for one in found.bank_not_book) - sum(one.signed for one in found.book_not_bank)
    assert found.bank - found.book == found.opening_gap + timing


@given(accounts(), DAYS, DAYS, st.integers(-9, 9), st.data())
def test_the_gap_at_the_opening_follows_from_what_moved_before_it_alone(account, on, first, opening, data):
    """As `queries.opening_gap` asks it: earlier movements, what took one of them back, and the lines that are theirs."""
    movements, lines, cleared = account
    for at, taken in enumerate(movements):
        later = [other.journal for other in movements[:at] if other.day <= taken.day and not other.undoes]
        if later and data.draw(st.booleans()):
            movements[at] = replace(taken, undoes=data.draw(st.sampled_from(later)))
    early = {movement.journal for movement in movements if movement.day < first}
    some = [m for m in movements if m.journal in early or m.undoes in early]
    names = {movement.journal for movement in some}
    theirs = {line: journal for line, journal in cleared.items() if journal in names}
    whole, part = (
        rules.reconcile(
            on=on, first_day=first, opening=opening, bank=0, lines=asked, movements=moved, cleared=by
        ).opening_gap
        for asked, moved, by in (
            (lines, movements, cleared),
            ([line for line in lines if line.id in theirs], some, theirs),
        )
    )
    assert part == whole


@given(st.lists(st.tuples(DAYS, SUMS, st.sampled_from(["", "a", "b"])), max_size=8),
       st.lists(st.tuples(DAYS, SUMS, st.sampled_from(["", "a", "b"])), max_size=8), st.integers(0, 9))  # fmt: skip
def test_matching_uses_every_line_and_movement_once_and_only_equal_sums(theirs, ours, window):
    lines = [Line(i, *row) for i, row in enumerate(theirs)]
    movements = [
        Movement(f"j{i}", day, fen, frozenset({reference} - {""}))
        for i, (day, fen, reference) in enumerate(ours)
    ]
    found = match(lines, movements, window)
    by_line, by_journal = {line.id: line for line in lines}, {m.journal: m for m in movements}
    assert len({one.line for one in found}) == len({one.journal for one in found}) == len(found)
    for one in found:
        line, movement = by_line[one.line], by_journal[one.journal]
        assert line.signed == movement.signed
        assert one.how == "reference" or abs((line.day - movement.day).days) <= window


@given(st.integers(0, 10**9), st.integers(0, 10**9),
       st.lists(st.tuples(st.integers(0, 10**8), st.integers(1, 9)), min_size=1, max_size=5))  # fmt: skip
def test_a_call_asks_for_exactly_what_is_missing_and_of_nobody_who_is_ahead(target, cash, sources):
    contributed = {f"s{i}": fen for i, (fen, _) in enumerate(sources)}
    weights = {f"s{i}": weight for i, (_, weight) in enumerate(sources)}
    asked = rules.asked_of_sources(target=target, cash=cash, contributed=contributed, weights=weights)
    assert sum(asked.values()) == max(0, target - cash)
    assert min(asked.values()) >= 0
    total = sum(contributed.values()) + sum(asked.values())
    for name, fen in asked.items():
        ahead = contributed[name] * sum(weights.values()) > total * weights[name] + sum(weights.values())
        assert not (ahead and fen)


def test_a_call_by_hand():
    # 4:6; contributed 4.0 and 6.0 million, 1.0 million paid out: 0.4 and 0.6 million bring it back
    asked = rules.asked_of_sources(
        target=10_000_000_00, cash=9_000_000_00, weights={"city": 4, "district": 6},
        contributed={"city": 4_000_000_00, "district": 6_000_000_00},
    )  # fmt: skip
    assert asked == {"city": 400_000_00, "district": 600_000_00}


@given(st.lists(st.tuples(DAYS, SUMS), max_size=8), st.lists(st.tuples(DAYS, SUMS), max_size=8))
def test_the_order_of_a_file_does_not_decide_what_is_matched(theirs, ours):
    lines = [Line(i, *row) for i, row in enumerate(theirs)]
    movements = [Movement(f"j{i}", *row) for i, row in enumerate(ours)]
    assert set(match(lines, movements, 3)) == set(match(lines[::-1], movements[::-1], 3))
