"""Objects of the treasury for the walls: a pool with a paid claim, a batch, a statement with an open line."""

from __future__ import annotations

import datetime as dt

from riskpool.treasury import queries
from riskpool.treasury.models import PaymentInstruction
from tests.books import LENT, TODAY, Books
from tests.cast import Cast
from tests.ground import shared
from tests.treasury.bank import answer, enter, failed, send, state, statement
from tests.walls.objects import Behind, behind
from tests.walls.objects_of_the_pool import BAD, at_the_pool, funded


@shared
def paid(cast: Cast) -> Books:
    books = funded(cast)
    books.pay(books.accept(books.file(books.bad_loan(BAD), BAD)))
    return books


@behind("treasury:overview", "treasury:instructions", "treasury:statements", "treasury:replenish")
def a_pool_with_payments(cast: Cast) -> Behind:
    return Behind({"pool_id": paid(cast).pool.pk}, seen_by=at_the_pool(cast))


@behind(
    *("treasury:release", "treasury:upload_return", "treasury:import_statement", "treasury:match_again"),
    *("treasury:interest", "treasury:withdraw", "treasury:call"),
)
def a_pool_whose_money_the_district_moves(cast: Cast) -> Behind:
    """A contributor looks on; the pool's own bureau acts."""
    return Behind({"pool_id": paid(cast).pool.pk}, seen_by=(cast.district_bureau.officer,))


@behind("treasury:take_back")
def a_payment_not_yet_sent(cast: Cast) -> Behind:
    books = paid(cast)
    row = PaymentInstruction.objects.filter(source__pool=books.pool).order_by("reference")[0]
    parameters = {"pool_id": books.pool.pk, "instruction_id": row.pk}
    return Behind(parameters, seen_by=(cast.district_bureau.officer,))


@behind("treasury:batch")
def a_batch(cast: Cast) -> Behind:
    books = paid(cast)
    return Behind({"pool_id": books.pool.pk, "batch_id": send(books, "city").pk}, seen_by=at_the_pool(cast))


@behind("treasury:batch_file")
def a_batchs_file(cast: Cast) -> Behind:
    """Whole account numbers stand in it: only the house that moves the pool's money takes it."""
    district = cast.district_bureau
    return Behind(a_batch(cast).parameters | {"form": "csv"}, seen_by=(district.officer, district.approver))


@shared
def stated(cast: Cast) -> Books:
    books = paid(cast)
    rows = [(LENT, "4000000.00", "", "", "", "K1", ""), (TODAY, "88.00", "", "某公司", "误汇", "K2", "")]
    state(books, "city", dt.date(2026, 1, 1), TODAY, 0, 4_000_088_00, statement(rows))
    return books


@behind("treasury:statement")
def a_statement(cast: Cast) -> Behind:
    books = stated(cast)
    found = books.source("city").statements.get()
    return Behind({"pool_id": books.pool.pk, "statement_id": found.pk}, seen_by=at_the_pool(cast))


@behind("treasury:line")
def a_line_that_nobody_knows(cast: Cast) -> Behind:
    books = stated(cast)
    line = queries.open_lines(books.pool).get()
    return Behind({"pool_id": books.pool.pk, "line_id": line.pk}, seen_by=at_the_pool(cast))


@behind("treasury:match", "treasury:explain")
def a_line_that_the_bureau_accounts_for(cast: Cast) -> Behind:
    return Behind(a_line_that_nobody_knows(cast).parameters, seen_by=(cast.district_bureau.officer,))


@behind("treasury:reconciliation")
def an_account(cast: Cast) -> Behind:
    books = stated(cast)
    parameters = {"pool_id": books.pool.pk, "source_id": books.source("city").pk}
    return Behind(parameters, seen_by=at_the_pool(cast))


@behind("treasury:issue_reconciliation")
def an_account_whose_paper_is_issued(cast: Cast) -> Behind:
    district = cast.district_bureau
    return Behind(an_account(cast).parameters, seen_by=(district.officer, district.approver))


@behind("claims:pay_again")
def a_claim_whose_payment_failed(cast: Cast) -> Behind:
    books = paid(cast)
    send(books, "city")
    row = PaymentInstruction.objects.get(source__pool=books.pool, source__code="city")
    enter(books, answer([failed(row)]))
    return Behind({"claim_id": row.subject_id}, seen_by=(cast.district_bureau.officer,))
