"""Which loans stand behind a file: by registration, or by a number the bank gave and of whom the file is about."""

from __future__ import annotations

import pytest

from finance.loans.related import behind_a_file, security_of_loan
from finance.pledges import actions
from tests.books import lend
from tests.pledges.filed import OPENED, REGISTERED, Worked, sound

pytestmark = pytest.mark.django_db


def named(cast, loan, kind="patent"):
    """A file of enterprise A for a loan of bank A, by its number only."""
    worked = Worked(cast, kind)
    worked.file = actions.open_file(
        by=worked.bank.maker, kind=kind, credit_code=cast.enterprise_a.organisation.credit_code,
        window=cast.ip_bureau.organisation, loan_no=loan.bank_loan_no, on=OPENED,
    )  # fmt: skip
    return worked


def test_a_number_ties_only_a_loan_of_the_pledgor_or_of_the_stated_debtor(cast):
    bank, other = cast.bank_a, cast.enterprise_b.organisation
    loan = lend(bank.organisation, other, 500_000_00)
    worked = named(cast, loan).state()

    def behind():
        found = behind_a_file(worked.now, viewer=bank.maker, on=worked.today, known_on=worked.today)
        return [one.number for one in found]

    assert behind() == []
    assert security_of_loan(loan, viewer=bank.maker) is None
    contents = sound()
    for name in (other.name, "重庆(渝中)科技有限公司"):
        contents["contract"]["debtor"] = name
        worked.state(contents)
        assert behind() == [loan.bank_loan_no], "brackets are typed in either width"
        type(other).objects.filter(pk=other.pk).update(name="重庆（渝中）科技有限公司")


def test_a_loans_registrations_are_told_together_item_by_item(cast, monkeypatch):
    loan = lend(cast.bank_a.organisation, cast.enterprise_a.organisation, 500_000_00)
    patent = named(cast, loan).registered("Y1")
    mark = named(cast, loan, "trademark").handed_in()
    monkeypatch.setattr("finance.loans.related.today", lambda: mark.today)

    def together():
        return security_of_loan(loan, viewer=cast.bank_a.maker).rows[0]

    assert (together().text, together().word) == ("登记 2 件", "尚未全部登记")
    assert together().notes == (f"在登记中：{patent.file.number} 专利", f"办理中：{mark.file.number} 商标")
    mark.decide("register", REGISTERED, number="Y2", until=mark.today)
    assert (together().word, len(together().notes)) == ("全部已登记", 1)
