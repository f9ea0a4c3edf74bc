"""Facts that only a person can state: two persons, append-only, as of a day and as known; a claim waits for them."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work import outbox
from kernel.work.approvals import approve
from riskpool.claims import queries as claims
from riskpool.pools import actions as pools
from riskpool.pools import enrolling, metrics
from riskpool.pools.actions import stating
from riskpool.pools.models import Enrolment, Pool, StatedFact
from tests.books import LENT, TODAY, Books, open_books

pytestmark = pytest.mark.django_db
GANSU = {"mutual_deposit": {"source": "city"}, "government": {"source": "district"}}
ANHUI = {"province": {"source": "city"}, "other_levels": {"source": "district"}}


def funded(cast, scheme: str, bearers) -> Books:
    books = open_books(cast, scheme, bearers)
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    return books


def test_a_claim_waits_for_the_facts_of_its_scheme_and_says_which_who_states_them_and_where(cast):
    books = funded(cast, "anhui-scitech-direct@2022", ANHUI)
    claim = books.file(books.bad_loan(2_000_000_00), 2_000_000_00)
    with pytest.raises(Refused) as refused:
        claims.preview(claim, TODAY)
    assert {problem.code for problem in refused.value.problems} == {"fact_absent"}
    assert [problem.where for problem in refused.value.problems] == [
        "是否首贷或轻抵押（loan.first_or_light_collateral）",
        "银行自身承担的责任额（claim.lender_liability）",
        "其他层级已补偿的金额（claim.paid_by_other_levels）",
    ]
    with pytest.raises(Refused):
        books.accept(claim)
    page = cast.signed_in(cast.district_bureau.officer).get(reverse("claims:claim", args=[claim.pk]))
    form = reverse("pools:state_fact", args=[books.pool.pk])
    assert f"{form}?name=claim.lender_liability&amp;loan={claim.enrolment.loan_id}" in page.content.decode()
    mine = cast.signed_in(cast.bank_a.maker).get(reverse("claims:claim", args=[claim.pk])).content.decode()
    assert f"{form}?name=loan.first_or_light_collateral" in mine
    assert f"{form}?name=claim.lender_liability" not in mine


def test_when_the_facts_are_stated_the_claim_is_calculated_to_the_fen_of_the_measures_own_example(cast):
    """anhui-scitech-direct@2022, example e1: province 600,000.00, other levels 1,000,000.00, bank 400,000.00."""
    books = funded(cast, "anhui-scitech-direct@2022", ANHUI)
    bad = books.bad_loan(2_000_000_00)
    claim = books.file(bad, 2_000_000_00)
    books.state("loan.first_or_light_collateral", "true", by="bank", loan=bad.loan)
    books.state("claim.lender_liability", "2000000", loan=bad.loan)
    books.state("claim.paid_by_other_levels", "1000000", loan=bad.loan)
    outcome = claims.preview(claim, TODAY).apportionment
    assert dict(outcome.borne) == {"bank": 400_000_00, "province": 600_000_00, "other_levels": 1_000_000_00}


def test_a_bank_does_not_restate_over_the_bureaus_word(cast):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    loan = books.enrol(books.lend(1_000_000_00))[0].loan

    def told():
        return metrics.stated_fact(name="loan.mode", pool=books.pool, loan=loan, on=TODAY).value

    books.state("loan.mode", "direct", by="bank", loan=loan)
    assert told() == "direct"
    books.state("loan.mode", "bank_guarantor", loan=loan)
    books.state("loan.mode", "direct", by="bank", loan=loan)
    assert told() == "bank_guarantor", "the bureau has spoken"
    books.state("loan.mode", "direct", loan=loan)
    assert told() == "direct"


def test_a_correction_is_a_new_row_and_the_past_keeps_what_it_knew(cast):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    first = books.state("bank.npl_rate_all", "0.0125", by="bank", agreement=books.agreement)
    second = books.state("bank.npl_rate_all", "0.0150", by="bank", agreement=books.agreement)
    assert StatedFact.objects.get(pk=first.pk).value == "0.0125"

    def told(**when):
        found = metrics.stated_fact(
            name="bank.npl_rate_all", pool=books.pool, agreement=books.agreement, **({"on": TODAY} | when)
        )
        return found and found.value

    assert told() == "0.0150"
    assert told(on=TODAY - dt.timedelta(days=1)) is None
    assert told(known_at=second.recorded_at - dt.timedelta(days=1)) is None
    assert StatedFact.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "text", "codes"),
    [
        ("bank.npl_rate_all", "1.01", ["rate"]),
        ("bank.npl_rate_all", "1.25%", ["decimal"]),
        ("bank.prev_year_balance", "100.005", ["not_ours", "amount_decimals"]),
        ("bank.prev_year_balance", "-1", ["not_ours", "negative"]),
        ("bank.overdue_rate", "0.01", ["computed"]),
        ("pool.mutual_balance", "100", ["not_ours"]),
    ],
)
def test_what_cannot_be_stated_is_refused_in_words(cast, name, text, codes):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    with pytest.raises(Refused) as refused:
        books.state(name, text, by="bank", agreement=books.agreement)
    assert [problem.code for problem in refused.value.problems] == codes
    assert not StatedFact.objects.exists()


def test_every_fault_of_a_statement_is_told_at_once(cast):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    terms = pools.FactTerms("loan.pays_well", "", TODAY + dt.timedelta(days=1), " ", "perhaps")
    with pytest.raises(Refused) as refused:
        pools.propose_fact(by=cast.bank_a.maker, pool=books.pool, terms=terms, on=TODAY)
    codes = [problem.code for problem in refused.value.problems]
    assert codes == ["future", "required", "choice", "required"]


def test_a_house_states_facts_of_its_own_loans_only_and_two_persons_do_it(cast):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    (enrolment,) = books.enrol(books.lend())
    terms = pools.FactTerms("loan.mode", "direct", TODAY, "合同", "SEEN", loan=enrolment.loan)
    for stranger in (cast.bank_b.maker, cast.city_bureau.officer, cast.fund_manager.officer):
        with pytest.raises(Pool.DoesNotExist):
            pools.propose_fact(by=stranger, pool=books.pool, terms=terms, on=TODAY)
    books.with_bank_b()
    with pytest.raises(Refused, match="不在这个资金池"):
        pools.propose_fact(by=cast.bank_b.maker, pool=books.pool, terms=terms, on=TODAY)
    asked = pools.propose_fact(by=cast.bank_a.maker, pool=books.pool, terms=terms, on=TODAY)
    assert not StatedFact.objects.exists()
    with pytest.raises(Refused):
        approve(by=cast.bank_a.maker, approval_id=asked.pk)


def test_a_fact_without_a_second_person_or_about_two_things_is_refused_by_the_database(cast):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    fact = books.state("bank.npl_rate_all", "0.01", by="bank", agreement=books.agreement)
    fact.pk, fact.approval = None, None
    with pytest.raises(IntegrityError), transaction.atomic():
        fact.save(force_insert=True)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE pools_statedfact SET value = '0'")


def test_a_loan_enters_when_the_fact_that_its_scheme_needs_is_stated(cast):
    books = funded(cast, "gansu-mutual@2017", GANSU)
    _, (refusal,) = enrolling.enrol_loans(by=None, loans=[books.lend()], on=LENT)
    assert refusal.reasons[0]["id"] == "facts_absent"
    books.state("pool.mutual_balance", "300000", about=LENT)
    (enrolment,) = books.enrol(books.lend(500_000_00))
    assert fen_of(enrolment.committed) == 500_000_00  # deposits 300,000.00, the government the rest


def test_a_fact_stated_later_moves_the_exposure_of_the_loans_it_concerns(cast):
    bearers = {"guarantee_system": {"source": "city"}, "zone": {"source": "district"}}
    books = funded(cast, "beijing-etown-scitech@2025", bearers)
    (enrolment,) = books.enrol(books.lend(500_000_00))
    assert (
        fen_of(enrolment.committed) == 500_000_00
    )  # nobody has said in which mode: the dearer, all of it public here
    books.state("loan.mode", "direct", by="bank", loan=enrolment.loan)
    outbox.drain()
    assert fen_of(Enrolment.objects.get().committed) == 250_000_00


def test_yes_and_no_are_typed_in_chinese_and_kept_as_schemes_write_them():
    entry = metrics.catalogue().entry("loan.written_off")
    assert [stating.value_typed(entry, text) for text in ("是", " 否 ", "true")] == ["true", "false", "true"]
    (wrong,) = stating.value_faults(entry, "对")
    assert str(wrong) == "数值：“对”。填写 是 或 否"


def test_the_form_states_a_fact_and_the_page_shows_it_to_those_who_may_see_it(cast):
    books = funded(cast, "chongqing-knowledge-value@2017", None)
    client = cast.signed_in(cast.bank_a.maker)
    address = reverse("pools:state_fact", args=[books.pool.pk])
    typed = {
        "name": "bank.npl_rate_all", "agreement": str(books.agreement.pk), "value": "0.0125",
        "about": "2026-09-30", "source_text": "三季度报表", "mark": "SEEN",
    }  # fmt: skip
    assert client.post(address, typed | {"value": "贵"}).status_code == 422
    sent = client.post(address, typed)
    assert sent.status_code == 302
    basis = cast.signed_in(cast.bank_a.checker).get(sent["Location"]).content.decode()
    assert "1.25%" in basis
    cast.signed_in(cast.bank_a.checker).post(sent["Location"] + "approve/")
    for viewer in (cast.bank_a.maker, cast.district_bureau.officer):
        assert "1.25%" in cast.signed_in(viewer).get(reverse("pools:facts")).content.decode()
    assert "1.25%" not in cast.signed_in(cast.bank_b.maker).get(reverse("pools:facts")).content.decode()
