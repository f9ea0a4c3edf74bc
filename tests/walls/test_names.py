"""Two banks that lend to one firm: each reads it under the name that it filed itself, and finds it under that name only."""

import html

import pytest
from django.urls import reverse

from finance.loans.actions import enter_loan
from finance.loans.models import Loan
from tests.books import TODAY
from tests.cast import Cast, credit_code, freshly_signed_in
from tests.ground import laid
from tests.loans.stated import stated_loan

FIRST, SECOND = "重庆嘉陵光电股份有限公司", "重庆嘉陵光电有限责任公司"


@laid
def lent_twice(cast: Cast) -> tuple[Loan, Loan]:
    """Bank A files the firm first, bank B under another name."""
    code = credit_code()
    first, second = (
        enter_loan(
            by=bank.checker,
            bank=bank.organisation,
            stated=stated_loan(
                credit_code=code, borrower_name=name, bank_loan_no=number, pledge_number=f"Y{number}"
            ),
            on=TODAY,
        )
        for bank, name, number in ((cast.bank_a, FIRST, "A1"), (cast.bank_b, SECOND, "B1"))
    )
    assert first.borrower == second.borrower
    assert first.borrower.name == FIRST
    return first, second


def pages(loan: Loan) -> dict[str, str]:
    assert loan.terms is not None
    return {
        "loan": reverse("loans:loan", args=[loan.pk]),
        "loans": reverse("loans:list"),
        "registration": reverse("pledges:registration", args=[loan.terms.pledge_id]),
        "registrations": reverse("pledges:list"),
        "home": reverse("home"),
        "api": reverse("api:loans"),
        "template": reverse("intake:list"),
    }


def test_each_bank_reads_the_firm_under_its_own_name_everywhere(
    cast: Cast, lent_twice: tuple[Loan, Loan]
) -> None:
    for bank, loan, own, other in (
        (cast.bank_a, lent_twice[0], FIRST, SECOND),
        (cast.bank_b, lent_twice[1], SECOND, FIRST),
    ):
        client = freshly_signed_in(bank.maker)
        shown = {name: html.unescape(client.get(url).content.decode()) for name, url in pages(loan).items()}
        assert [name for name, text in shown.items() if other in text] == []
        assert {name for name, text in shown.items() if own in text} >= {
            *("loan", "loans", "registration", "registrations", "api"),
        }


@pytest.mark.parametrize("name", ["loans:list", "pledges:list"])
def test_a_bank_does_not_find_its_borrower_by_another_banks_spelling(
    cast: Cast, lent_twice: tuple[Loan, Loan], name: str
) -> None:
    client = freshly_signed_in(cast.bank_b.maker)
    for q, found in (("股份", 0), ("有限责任", 1)):
        assert client.get(reverse(name), {"q": q}).context["page"].paginator.count == found, q


def test_a_renamed_firm_is_read_under_its_latest_name_and_the_registration_has_a_next_statement(
    cast: Cast, lent_twice: tuple[Loan, Loan]
) -> None:
    loan = lent_twice[1]
    stated = stated_loan(
        credit_code=loan.borrower.credit_code,
        borrower_name="重庆嘉陵光电集团",
        bank_loan_no="B1",
        pledge_number="YB1",
    )
    again = enter_loan(by=cast.bank_b.checker, bank=cast.bank_b.organisation, stated=stated, on=TODAY)
    assert (again.borrower_name, again.terms.pledge.pledgor_name, again.terms.pledge.seq) == (
        *("重庆嘉陵光电集团", "重庆嘉陵光电集团"),
        2,
    )
    assert Loan.objects.get(pk=lent_twice[0].pk).borrower_name == FIRST
