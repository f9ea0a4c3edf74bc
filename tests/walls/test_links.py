"""A loan's page leads to its pool, refusals, claims, registration and filings, each only for who may go there; and back."""

from __future__ import annotations

import html
import re

from django.urls import reverse

from finance.intake import actions as intake
from finance.loans.models import Loan
from finance.parties.models import Membership
from kernel.work import approvals, outbox
from riskpool.claims.models import Claim
from riskpool.pools import enrolling
from tests.books import LENT, Books
from tests.cast import Cast, freshly_signed_in
from tests.ground import laid
from tests.intake.workbooks import few
from tests.walls.objects_of_the_bank import ON
from tests.walls.objects_of_the_pool import BAD, funded


@laid
def books(cast: Cast) -> Books:
    return funded(cast)


@laid
def claim(books: Books, cast: Cast) -> Claim:
    """On a loan with a guarantor that bears nothing of it under this scheme."""
    return books.file(books.bad_loan(BAD, guarantor=cast.guarantor.organisation), BAD)


def page(who: Membership, name: str, *arguments: object) -> str:
    answer = freshly_signed_in(who).get(reverse(name, args=arguments))
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def links(shown: str) -> set[str]:
    """Where the main part of a page leads to."""
    return set(re.findall(r'<a [^>]*?href="(/[^"#?]*)', shown.partition("<main")[2]))


def test_a_loans_page_leads_each_viewer_to_what_he_may_see_and_no_further(cast: Cast, claim: Claim) -> None:
    loan = claim.enrolment.loan
    assert loan.terms is not None
    pool = reverse("pool_position", args=[claim.enrolment.agreement.pool_id])
    of_claim = reverse("claims:claim", args=[claim.pk])
    registration = reverse("pledges:registration", args=[loan.terms.pledge_id])
    objects = {pool, of_claim, registration}
    for member, leads_to, says in (
        (cast.bank_a.maker, {of_claim, registration}, True),
        (cast.bank_a.checker, {of_claim, registration}, True),
        (cast.district_bureau.officer, {pool, of_claim}, True),
        (cast.city_bureau.approver, {pool, of_claim}, True),
        (cast.enterprise_a.owner, {registration}, False),
        (cast.guarantor.officer, set(), False),
    ):
        shown = page(member, "loans:loan", loan.pk)
        assert links(shown) & objects == leads_to, member
        assert "入池时锁定方案 chongqing-knowledge-value@2017" in shown, member
        assert ("在池敞口" in shown) == says, member
        client = freshly_signed_in(member)
        assert {client.get(url).status_code for url in links(shown)} <= {200, 302}, member


def test_every_reason_for_which_a_loan_entered_no_pool_stands_on_its_page(cast: Cast, books: Books) -> None:
    loan = books.lend(district="任城区")
    enrolling.enrol_loans(by=None, loans=[loan], on=LENT)
    shown = page(cast.bank_a.maker, "loans:loan", loan.pk)
    assert "借款企业不在本资金池覆盖的区县（演示设定（重庆市各区县分设资金池），设定，无出处）" in shown
    assert "未入池" in shown
    assert "借款企业不在本资金池覆盖的区县" not in page(cast.enterprise_a.owner, "loans:loan", loan.pk)
    assert reverse("loans:loan", args=[loan.pk]) in links(page(cast.bank_a.maker, "pools:refusals"))
    refusals = page(cast.district_bureau.officer, "pools:refusals")
    assert loan.bank_loan_no in refusals
    assert reverse("loans:loan", args=[loan.pk]) not in links(
        refusals
    )  # not in the pool: no page for the bureau


def test_the_other_pages_lead_back_to_the_loan_of_those_who_may_see_it(cast: Cast, claim: Claim) -> None:
    loan = claim.enrolment.loan
    assert loan.terms is not None
    of_loan, pool = reverse("loans:loan", args=[loan.pk]), claim.enrolment.agreement.pool_id
    for member, name, arguments in (
        (cast.bank_a.maker, "claims:claim", [claim.pk]),
        (cast.bank_a.maker, "pledges:registration", [loan.terms.pledge_id]),
        (cast.enterprise_a.owner, "pledges:registration", [loan.terms.pledge_id]),
        (cast.enterprise_a.owner, "home", []),
        (cast.guarantor.officer, "home", []),
        (cast.district_bureau.officer, "claims:claim", [claim.pk]),
        (cast.district_bureau.officer, "pools:loans", [pool]),
    ):
        assert of_loan in links(page(member, name, *arguments)), (member, name)


def test_a_registry_clerk_reads_a_registration_and_learns_of_no_loan(cast: Cast, claim: Claim) -> None:
    loan = claim.enrolment.loan
    assert loan.terms is not None
    shown = page(cast.ip_bureau.clerk, "pledges:registration", loan.terms.pledge_id)
    assert "所担保的贷款" not in shown
    assert loan.bank_loan_no not in shown


def test_a_loan_leads_to_the_filing_that_brought_it_and_the_filing_to_the_loan(
    cast: Cast, books: Books
) -> None:
    filing = intake.receive(
        by=cast.bank_a.maker, form="loans", name="备案.xlsx", content=few(without={8}), on=ON
    )
    outbox.drain()
    asked = intake.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice="all")
    approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
    outbox.drain()
    loan = Loan.objects.get(bank_loan_no="YC700006")  # the only one that enters the pool
    of_filing, of_loan = reverse("intake:filing", args=[filing.pk]), reverse("loans:loan", args=[loan.pk])
    assert of_filing in links(page(cast.bank_a.checker, "loans:loan", loan.pk))
    assert of_loan in links(page(cast.bank_a.checker, "intake:rows", filing.pk))
    assert of_filing not in links(page(cast.district_bureau.officer, "loans:loan", loan.pk))
    assert filing.number not in page(cast.district_bureau.officer, "loans:loan", loan.pk)
