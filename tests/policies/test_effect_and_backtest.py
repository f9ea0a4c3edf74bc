"""What a scheme would mean to live loans and to decided claims: by the bulk path, to the fen what the single path says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.work.approvals import approve
from riskpool.claims import actions as claims
from riskpool.claims.backtest import backtest, loss_for, shared_again
from riskpool.claims.models import Claim
from riskpool.pools import actions as pools
from riskpool.pools import rules
from riskpool.pools.effect import effect_on_live_loans, weigh_many
from riskpool.pools.rules import Bearer
from riskpool.schemes import apportion, load_scheme
from tests.books import TODAY, lend, scheme_version
from tests.policies.texts import NEEDS_A_FACT, NEXT, OLD

FRACTIONS = st.sampled_from([None, "0", "0.3", "0.5", "0.777", "1"])


@given(
    name=st.sampled_from(["wuhan-ip@2024", "guangzhou-ip@2023", "zhongshan-ip@2021", "henan-kejidai@2025"]),
    rows=st.lists(
        st.tuples(st.integers(0, 10**11), FRACTIONS, st.integers(0, 10**9), st.booleans()),
        min_size=1,
        max_size=8,
    ),
)
@settings(max_examples=60, deadline=None)
def test_loans_weighed_together_are_what_each_is_alone(library, name, rows):
    scheme = library.schemes[name]
    bearers = {code: Bearer("lender" if code == scheme.lender else "pool") for code in scheme.codes}
    facts = []
    for _, share, revenue, plain in rows:
        known = {
            "loan.amount": "12000000",
            "borrower.revenue_prev_year": str(revenue),
            "pool.balance": "30000000",
        }
        known |= {"loan.ip_share_in_contract": share} if share else {}
        known |= {"bank.prev_year_balance": "700000000"} if plain else {}
        facts.append(known)
    many = weigh_many(scheme, bearers, [balance for balance, *_ in rows], facts)
    for found, (balance, *_), known in zip(many, rows, facts, strict=True):
        try:
            alone = rules.exposure_of(scheme, bearers, balance, known)
        except Refused:
            assert found.reasons
        else:
            assert ((found.covered, found.public), found.reasons) == (alone, ())


@given(losses=st.lists(st.integers(1, 10**12), min_size=1, max_size=6), known=st.booleans())
@settings(max_examples=40, deadline=None)
def test_claims_shared_again_together_are_what_each_is_alone(losses, known):
    scheme = load_scheme(NEEDS_A_FACT)
    metrics = {"bank.prev_year_balance": "1234567.89"} if known else {}
    inputs = [{"loss": {"principal_net": fen, "interest": 7}, "metrics": metrics} for fen in losses]
    many = shared_again(scheme, inputs)
    for place, each in enumerate(inputs):
        if not known:
            assert many.refused[place]
            continue
        alone = apportion(scheme, loss_for(scheme, each["loss"]), metrics)
        assert dict(zip(scheme.codes, many.borne[place].tolist(), strict=True)) == dict(alone.borne)
        assert int(many.outside[place]) == alone.outside_fen


def viewer_of(books):
    return books.cast.district_bureau.officer


@pytest.mark.django_db
def test_the_effect_sums_each_bank_and_all(books, cast):
    """Bank A 1,000,000.00 and 500,000.00, bank B 200,000.01: 80 % becomes 70 %."""
    bureau = cast.district_bureau
    terms = pools.AgreementTerms(
        number="乙方", bank=cast.bank_b.organisation, signed_on=dt.date(2025, 1, 1), valid_from=dt.date(2025, 1, 1),
        valid_to=None, scheme=scheme_version(OLD), bearers=books.agreement.bearers,
        exposure_limit_fen=10**11, basis="约定",
    )  # fmt: skip
    asked = pools.propose_agreement(by=bureau.officer, pool=books.pool, terms=terms)
    approve(by=bureau.approver, approval_id=asked.pk)
    of_b = lend(cast.bank_b.organisation, cast.enterprise_b.organisation, 200_000_01)
    books.enrol(books.lend(1_000_000_00), books.lend(500_000_00), of_b)
    found = effect_on_live_loans(viewer=bureau.officer, scheme=load_scheme(NEXT), on=TODAY)
    told = [
        (one.bank.code, one.loans, one.covered_now, one.public_now, one.public_then) for one in found.banks
    ]
    # 200,000.01 at 80 % is 160,000.008 -> 160,000.01; at 70 % 140,000.007 -> 140,000.01
    assert told == [
        ("CQYZ-A", 2, 1_500_000_00, 1_200_000_00, 1_050_000_00),
        ("CQYZ-B", 1, 200_000_01, 160_000_01, 140_000_01),
    ]
    assert (found.total.loans, found.total.public_change) == (3, -170_000_00)
    assert found.left_out == ()


@pytest.mark.django_db
def test_loans_that_cannot_be_weighed_are_named_with_the_fact_that_is_absent_and_are_in_no_sum(books):
    books.enrol(books.lend(1_000_000_00))
    found = effect_on_live_loans(viewer=viewer_of(books), scheme=load_scheme(NEEDS_A_FACT), on=TODAY)
    assert found.total.loans == 0
    assert [one.reasons for one in found.left_out] == [
        ("缺少银行上年末在池贷款余额（元）（bank.prev_year_balance）",)
    ]


@pytest.mark.django_db
def test_loans_under_an_agreement_that_does_not_name_a_party_are_told_so(books):
    books.enrol(books.lend(1_000_000_00))
    other = load_scheme(NEXT.replace("fund_city", "fund_town"))
    (left_out,) = effect_on_live_loans(viewer=viewer_of(books), scheme=other, on=TODAY).left_out
    assert "分担方 fund_town：没有写明由谁承担" in left_out.reasons


@pytest.mark.django_db
def test_a_contributor_and_another_bureau_have_no_loans_of_their_own_pools_here(books, cast):
    books.enrol(books.lend(1_000_000_00))
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    scheme = load_scheme(NEXT)
    assert effect_on_live_loans(viewer=cast.city_bureau.officer, scheme=scheme, on=TODAY).total.loans == 0
    assert backtest(viewer=cast.city_bureau.officer, scheme=scheme).rows == ()


@pytest.mark.django_db
def test_a_backtest_tells_who_gains_and_who_loses_and_nothing_is_lost_between_them(books):
    """500,000.00 with 10,000.00 interest, of which 100,000.00 less 5,000.00 costs came back; and 300,000.00 accepted.

    Then 80 %: city 160,000.00 + 96,000.00, less 95,000.00 x 32 % = 30,400.00. At 70 % the city has 140,000.00 + 84,000.00,
    less 95,000.00 x 28 % = 26,600.00.
    """
    paid = books.accept(books.file(books.bad_loan(500_000_00), 500_000_00, interest=10_000_00))
    books.pay(paid)
    books.recover(Claim.objects.get(pk=paid.pk), 100_000_00, 5_000_00)
    books.accept(books.file(books.bad_loan(300_000_00), 300_000_00))
    books.file(books.bad_loan(200_000_00), 200_000_00)  # not decided: not tried
    found = backtest(viewer=viewer_of(books), scheme=load_scheme(NEXT))
    city = next(one for one in found.parties if "fund_city" in one.name)
    assert (city.then, city.now) == (256_000_00 - 30_400_00, 224_000_00 - 26_600_00)
    lender = next(one for one in found.parties if "bank" in one.name)
    # 20 % of 800,000.00 and the interest, less 20 % of 95,000.00; at 30 % likewise
    assert (lender.then, lender.now) == (170_000_00 - 19_000_00, 250_000_00 - 28_500_00)
    assert sum(one.change for one in found.parties) == 0
    assert (found.public.then, found.public.now) == (640_000_00, 560_000_00)
    assert {one.name: (one.then, one.now) for one in found.sources} == {
        "市级资金": (256_000_00, 224_000_00), "区级资金": (384_000_00, 336_000_00),
    }  # fmt: skip
    assert found.not_tried == ()


@pytest.mark.django_db
def test_the_version_itself_changes_nothing(books):
    claim = books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.pay(claim)
    books.recover(Claim.objects.get(pk=claim.pk), 70_000_00, 90_000_00)  # costs above what came back
    found = backtest(viewer=viewer_of(books), scheme=load_scheme(scheme_version(OLD).text))
    assert [one.change for one in found.parties] == [0] * len(found.parties)
    assert found.public.change == 0


@pytest.mark.django_db
def test_a_claim_whose_inputs_lack_a_fact_is_named(books):
    claim = books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    found = backtest(viewer=viewer_of(books), scheme=load_scheme(NEEDS_A_FACT))
    assert found.rows == ()
    ((one),) = found.not_tried
    assert (one.claim, one.reasons) == (
        claim,
        ("缺少银行上年末在池贷款余额（元）（bank.prev_year_balance）",),
    )
    uplift = "{when: [{metric: loan.mode, op: '==', value: A}], party: fund, add: '0.1'}"
    conditional = NEXT.replace(
        "  shares: {fund: '0.70'}", f"  shares: {{fund: '0.70'}}\n  uplifts: [{uplift}]"
    )
    (row,) = backtest(viewer=viewer_of(books), scheme=load_scheme(conditional)).rows
    assert row.missing == ("loan.mode",)


@pytest.mark.django_db
def test_a_scheme_of_a_banks_whole_year_is_not_tried_claim_by_claim(books, library):
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    found = backtest(viewer=viewer_of(books), scheme=library.schemes["qingdao-qianfan@2015"])
    assert len(found.not_tried) == 1
    assert "按银行和年度" in found.not_tried[0].reasons[0]


def granted(books, share):
    """A claim of 500,000.00 to which less than the ceiling of 80 % was granted."""
    claim = books.file(books.bad_loan(500_000_00), 500_000_00)
    return claims.accept(
        by=viewer_of(books), claim_id=claim.pk, on=TODAY, grants=[(0, "fund", share)],
        reasons={"granted": "申报材料存在瑕疵，依据办事规则第八条"},
    )  # fmt: skip


@pytest.mark.django_db
def test_a_share_granted_below_the_ceiling_is_granted_in_the_backtest_too(books):
    """60 % of 500,000.00 was granted: 300,000.00 then, and now, since 60 % is below the new ceiling of 70 % as well; the
    city has 40 % of it, 120,000.00. The other claim, 300,000.00, had all 80 % and has 70 % now: 240,000.00, 210,000.00.
    """
    granted(books, "0.60")
    books.accept(books.file(books.bad_loan(300_000_00), 300_000_00))
    found = backtest(viewer=viewer_of(books), scheme=load_scheme(NEXT))
    assert sorted((row.public_then, row.public_now) for row in found.rows) == [
        (240_000_00, 210_000_00), (300_000_00, 300_000_00),
    ]  # fmt: skip
    city = next(one for one in found.parties if "fund_city" in one.name)
    assert (city.then, city.now) == (216_000_00, 204_000_00)
    assert sum(one.change for one in found.parties) == 0
    same = backtest(viewer=viewer_of(books), scheme=load_scheme(scheme_version(OLD).text))
    assert [one.change for one in same.parties] == [0] * len(same.parties)


@pytest.mark.django_db
def test_a_grant_above_the_ceiling_of_the_draft_or_of_no_step_of_it_is_named_and_is_in_no_sum(books):
    claim = granted(books, "0.75")
    found = backtest(viewer=viewer_of(books), scheme=load_scheme(NEXT))
    assert (found.rows, found.public.now) == ((), 0)
    ((one),) = found.not_tried
    assert (one.claim, one.reasons) == (
        claim,
        ("核定比例 fund：受理时核定 75.00%，高于试算方案的上限 70.00%",),
    )
    twice = NEXT.replace(
        "steps:", "steps:\n- {type: transfer, from: bank, of: loss, shares: {fund: '0.10'}}", 1
    )
    assert twice != NEXT
    (other,) = backtest(viewer=viewer_of(books), scheme=load_scheme(twice)).not_tried
    assert other.reasons == ("核定比例 fund：受理时有 1 步写有该分担方的比例，试算的方案有 2 步",)
