"""Every metric of the shipped schemes has a source; values carry their working; what is not known is never put as nought."""

import datetime as dt
from fractions import Fraction

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from finance.loans.models import LoanReturn
from kernel.errors import Refused
from kernel.expressions import exact_decimal
from kernel.money.fields import money_of
from riskpool.pools import metrics
from riskpool.pools.catalogue import read_catalogue
from riskpool.schemes import load_library, needed_metrics
from tests.books import LENT, TODAY, Books, go_bad, lend, open_books, scheme_version
from tests.ground import laid

HUBEI = {"fund": {"passes": True}, "province": {"source": "city"}, "city": {"source": "district"}}


@laid
def books(cast) -> Books:
    books = open_books(cast, "hubei-knowledge-value@2025", HUBEI)
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    return books


def asked(books: Books, on: dt.date = TODAY, **more) -> metrics.Asked:
    scheme = books.agreement.adopted_schemes.get().version
    return metrics.Asked(pool=books.pool, on=on, agreement=books.agreement, version=scheme, **more)


def value(books: Books, name: str = "scheme.npl_rate", on: dt.date = TODAY, **more) -> metrics.Value:
    found = metrics.value_of(name, asked(books, on, **more))
    assert isinstance(found, metrics.Value), found
    return found


def test_every_metric_of_the_27_schemes_is_in_the_catalogue_with_a_source_that_exists():
    library = load_library(settings.POLICIES_DIR / "schemes")
    names = {need.name for scheme in library.schemes.values() for need in needed_metrics(scheme)}
    assert len(library.schemes) >= 27
    entries = metrics.catalogue().entries
    assert names - set(entries) == set()
    assert {entry.source for entry in entries.values() if entry.is_computed} == metrics.sources()


def test_a_metric_that_a_new_scheme_brings_is_stated_by_the_rule_of_its_scope():
    entry = metrics.catalogue().entry("loan.colour_of_patent")
    assert (entry.listed, entry.subject, entry.stated_by) == (False, "loan", ("bank", "bureau"))
    assert metrics.catalogue().entry("weather.rain").subject == "pool"


def test_every_fault_of_a_catalogue_is_told_at_once():
    with pytest.raises(Refused) as refused:
        read_catalogue("metrics: [{name: A, unit: yen, obtained: computed, article: x, status: SEEN}, 5]")
    places = [problem.where for problem in refused.value.problems]
    assert places == [
        "metrics[0].title",
        "metrics[0].unit",
        "metrics[0].name",
        "metrics[0].source",
        "metrics[1]",
    ]


@given(st.integers(0, 10**15), st.integers(1, 10**15), st.integers(0, 10**4))
def test_a_rate_cut_off_answers_every_threshold_as_the_exact_fraction_would(part, whole, threshold):
    exact, line = Fraction(part, whole), Fraction(threshold, 10**4)
    text = exact_decimal(metrics.rate_text(exact))
    assert text is not None
    assert [text >= line, text > line] == [exact >= line, exact > line]


@pytest.mark.django_db
def test_the_npl_rate_is_covered_bad_principal_over_covered_outstanding_with_its_working(books):
    books.enrol(books.lend(920_000_00))
    books.bad_loan(80_000_00)
    found = value(books)
    assert (found.text, found.numerator, found.denominator, found.rows) == (
        "0.08",
        80_000_00,
        1_000_000_00,
        2,
    )
    assert (found.day, found.obtained) == (TODAY, "computed")


@pytest.mark.django_db
def test_before_the_return_that_told_of_it_the_loan_was_not_bad(books):
    books.enrol(books.lend(920_000_00))
    books.bad_loan(80_000_00)  # reported on 2026-11-03
    assert value(books, on=dt.date(2026, 11, 2)).text == "0"
    assert value(books, on=dt.date(2026, 11, 3)).text == "0.08"


@pytest.mark.django_db
def test_a_compensated_loan_stays_in_the_rate_until_it_is_repaid_or_written_off(books):
    books.enrol(books.lend(9_500_000_00))
    bad = books.bad_loan(500_000_00)
    assert value(books).text == "0.05"
    books.pay(books.accept(books.file(bad, 500_000_00)))
    kept = value(books)
    assert (kept.text, dict(kept.told)["其中已补偿未收回"]) == ("0.05", "1 笔")
    books.state("loan.written_off", "true", loan=bad.loan)
    gone = value(books)
    assert (gone.text, gone.denominator) == ("0", 9_500_000_00)
    books.state("loan.written_off", "false", loan=bad.loan)
    assert value(books).text == "0.05"
    go_bad(bad.loan, 0, overdue_since=None)
    assert value(books).text == "0"


@pytest.mark.django_db
def test_a_pool_without_loans_has_a_rate_of_nought(books):
    assert (value(books).text, value(books).denominator) == ("0", 0)


@pytest.mark.django_db
def test_the_overdue_rate_of_a_bank_leaves_other_banks_out(books, cast):
    of_b = books.with_bank_b()
    books.bad_loan(100_000_00)
    books.enrol(books.lend(900_000_00))
    books.enrol(lend(cast.bank_b.organisation, cast.enterprise_b.organisation, 500_000_00))
    assert value(books, "bank.overdue_rate").text == "0.1"
    found = metrics.value_of("bank.overdue_rate", metrics.Asked(pool=books.pool, on=TODAY, agreement=of_b))
    assert isinstance(found, metrics.Value)
    assert found.text == "0"


def december(loan, year: int, balance: int) -> None:
    LoanReturn.objects.create(
        loan=loan, period=dt.date(year, 12, 1), seq=1, balance=money_of(balance), interest_paid=money_of(0),
        grade="normal", reported_on=dt.date(year + 1, 1, 5), digest=f"{year}{balance}".rjust(64, "0"),
    )  # fmt: skip


@pytest.mark.django_db
def test_a_year_end_balance_is_known_only_when_every_december_return_is_in(books):
    first, second = books.lend(500_000_00), books.lend(300_000_00)
    books.enrol(first, second)
    on = dt.date(2027, 3, 1)
    why = metrics.value_of("bank.prev_year_balance", asked(books, on))
    assert isinstance(why, metrics.Unknown)
    assert why.why == "没有 2026 年12月的月报"
    december(first, 2026, 400_000_00)
    missing = metrics.value_of("bank.prev_year_balance", asked(books, on))
    assert isinstance(missing, metrics.Unknown)
    assert missing.why == "2026 年12月的月报缺 1 笔"
    december(second, 2026, 0)
    found = value(books, "bank.prev_year_balance", on)
    assert (found.text, found.rows, found.day) == ("400000.00", 2, dt.date(2026, 12, 31))


@pytest.mark.django_db
def test_a_year_end_balance_that_no_return_tells_is_taken_as_it_was_stated(books):
    assert isinstance(metrics.value_of("bank.prev_year_balance", asked(books)), metrics.Unknown)
    books.state(
        "bank.prev_year_balance", "500000000.00", about=dt.date(2025, 12, 31), agreement=books.agreement
    )
    found = value(books, "bank.prev_year_balance")
    assert (found.text, found.obtained) == ("500000000.00", "stated")


@pytest.mark.django_db
def test_a_revenue_of_the_year_before_last_does_not_answer_for_last_year(books):
    loan = books.lend()
    books.enrol(loan)
    borrower = loan.borrower
    books.state("borrower.revenue_prev_year", "8000000", about=dt.date(2024, 12, 31), borrower=borrower)
    assert isinstance(
        metrics.value_of("borrower.revenue_prev_year", asked(books, loan=loan)), metrics.Unknown
    )
    books.state("borrower.revenue_prev_year", "9000000", about=dt.date(2025, 12, 31), borrower=borrower)
    assert value(books, "borrower.revenue_prev_year", loan=loan).text == "9000000"


@pytest.mark.django_db
def test_money_paid_over_money_contributed(books):
    books.enrol(books.lend(9_500_000_00))  # else every loan would be bad, and claims suspended
    books.pay(books.accept(books.file(books.bad_loan(500_000_00), 500_000_00)))
    found = value(books, "pool.paid_ratio")
    # the fund pays 60 % of 500,000.00 = 300,000.00 of 100,000,000.00
    assert (found.text, found.numerator, found.denominator) == ("0.003", 300_000_00, 100_000_000_00)


@pytest.mark.django_db
def test_what_a_batch_has_paid_is_what_all_but_the_lender_bear(cast):
    bearers = {
        "guarantor": {"passes": True}, "reguarantor": {"source": "city"}, "national_fund": {"source": "district"},
    }  # fmt: skip
    bearers["guarantor"] = {"organisation": cast.guarantor.organisation.code}
    books = open_books(cast, "national-batch-zongduizong@2020", bearers)
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    books.state("batch.guaranteed_released", "100000000", about=LENT, agreement=books.agreement)
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    version = scheme_version("national-batch-zongduizong@2020")
    found = metrics.value_of(
        "batch.system_paid_so_far",
        metrics.Asked(pool=books.pool, on=TODAY, agreement=books.agreement, version=version),
    )
    assert isinstance(found, metrics.Value)
    assert found.text == "400000.00"  # 80 % of 500,000.00
