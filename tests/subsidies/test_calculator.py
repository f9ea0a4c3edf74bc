"""The guest calculator: every figure is the engine's, what is open is never a no, and what is kept is nobody's."""

from __future__ import annotations

import datetime as dt
import random
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from finance.parties.models import EnterpriseFact
from finance.parties.published import regions, size_standard
from finance.parties.queries import fact_of
from finance.subsidies import evaluate, load_library, load_policy, load_series
from finance.subsidies.actions.estimates import keep_estimate
from finance.subsidies.codes import hash_of, typed_code
from finance.subsidies.guest import at_hand
from finance.subsidies.guest.answers import (
    Answers,
    corners,
    nearest_named,
    read_answers,
    region_path,
    regions_named,
    sizes_of,
)  # fmt: skip
from finance.subsidies.guest.outcomes import (
    GROUPS,
    Estimate,
    Ground,
    Outcome,
    Range,
    covers,
    estimate,
    own_fen,
)
from finance.subsidies.guest.questions import load_questions
from finance.subsidies.guest.telling import about, changes, expiries, told
from finance.subsidies.keepers import checked_policy
from finance.subsidies.models import Estimate as Kept
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_in
from finance.subsidies.tasks import forget_by_night
from kernel.errors import Refused
from kernel.policystore.actions import settle_spans, ship
from kernel.shapes import yaml_files
from kernel.work import outbox
from tests.cast import Cast, freshly_signed_in

POLICIES = Path(__file__).resolve().parents[2] / "policies"
LIBRARY = load_library(POLICIES / "subsidies")
SERIES = load_series(POLICIES / "series" / "rates.yaml")
QUESTIONS = load_questions(POLICIES / "estimates" / "guest.yaml")
ON = dt.date(2026, 11, 20)
FIRM = {
    "region": "四川省成都市双流区",
    "legal_person": "yes",
    "industry": "industry",
    "staff": "20-99",
    "revenue_wan": "2000-4999.99",
    "right_invention": "2",
    "amount_wan": "300-500",
    "rate_percent": "3.5-4",
    "term_months": "7-12",
    "stage": "not_yet",
    "cover": "none",
}
QINGDAO_LOAN = {"region": "青岛市", "stage": "borrowed", "drawn_on": "2026-06-01", "settled_on": "2027-06-01"}
FIRST = "fact.pledge.has_first_time_right"


def ground(on: dt.date = ON, policies: Any = None) -> Ground:
    return Ground(
        tuple(policies or LIBRARY), LIBRARY.incomplete, SERIES, size_standard(), QUESTIONS, on
    )  # fmt: skip


def read(on: dt.date = ON, **other: str) -> Answers:
    given = {**FIRM, **other}
    return read_answers(
        {key: text for key, text in given.items() if text}, QUESTIONS, size_standard(), regions(), on
    )


def found(on: dt.date = ON, **other: str) -> Estimate:
    return estimate(read(on, **other), ground(on))


def of(policy_id: str, on: dt.date = ON, **other: str) -> Outcome:
    return next(one for one in found(on, **other).outcomes if one.policy.id == policy_id)


# --- the figures are the engine's --------------------------------------------------------------------------------------


def test_a_range_is_what_evaluate_gives_at_the_ends_of_the_bands() -> None:
    """2 % of 3 and of 5 million yuan, by hand; and for every policy that fits anywhere, the engine again."""
    assert of("sc-shuangliu").own == Range(6_000_000, 10_000_000)
    assert of("sc-shuangliu").others == (("bank", Range(3_000_000, 5_000_000)),)
    for region in ("无锡市", "广州市南沙区", "成都市双流区", "张家港市"):
        answers = read(region=region, stage="repaid", settled_on="2026-07-01")
        cases = [corner.case for corner in corners(answers, QUESTIONS, size_standard(), ON)]
        for outcome in estimate(answers, ground()).of("fits"):
            if not outcome.only_kinds:
                amounts = [own_fen(evaluate(outcome.policy, case, SERIES)) for case in cases]
                assert outcome.own == Range(min(amounts), max(amounts)), outcome.policy.id


def test_an_exact_loan_comes_out_to_the_fen() -> None:
    """5,000,000 at the LPR of May 2026 (3.00 %), 365 days: x 3 % x 365 / 360 x 60 % = 91,250.00 by hand."""
    outcome = of(
        "sd-qingdao-2024", exact_amount="5000000", exact_rate_percent="3.85", **QINGDAO_LOAN, **{FIRST: "yes"}
    )
    assert (outcome.group, outcome.own) == ("fits", Range(9_125_000, 9_125_000))


@pytest.mark.parametrize("wider", ["amount_wan", "term_months"])
def test_a_higher_band_never_brings_less(wider: str) -> None:
    """Of policies without a gate on amount or term: both ends of the range rise from band to band."""
    before = Range(0, 0)
    for band in QUESTIONS.bands[wider]:
        own = of("js-wuxi", region="无锡市", **{wider: band.id}).own
        assert own is not None
        assert before.low <= own.low <= own.high
        assert before.high <= own.high
        before = own


def test_every_figure_between_the_ends_lies_in_the_range() -> None:
    wide = of("js-wuxi", region="无锡市").own
    assert wide is not None
    for amount, rate in (("3000000", "3.5"), ("3456789.01", "3.77"), ("5000000", "4")):
        own = of("js-wuxi", region="无锡市", exact_amount=amount, exact_rate_percent=rate).own
        assert own is not None
        assert wide.low <= own.low <= own.high <= wide.high


# --- what is open is never a no ----------------------------------------------------------------------------------------


def test_a_missing_fact_is_unknown_and_its_yes_is_shown_as_supposed() -> None:
    outcome = of("sd-qingdao-2024", **QINGDAO_LOAN)
    assert (outcome.group, outcome.own, outcome.missing) == ("unknown", None, ("至少有一件权利是第一次出质",))
    assert outcome.supposed is not None
    assert outcome.supposed.words == ("“至少有一件权利是第一次出质”为是",)
    answered = of("sd-qingdao-2024", **QINGDAO_LOAN, **{FIRST: "yes"})
    assert answered.own == Range.of(map(own_fen, outcome.supposed.results))
    assert of("sd-qingdao-2024", **QINGDAO_LOAN, **{FIRST: "no"}).group in ("no", "nearly")


def test_a_rate_that_is_not_published_is_pending_and_a_carried_one_is_said_to_be_supposed() -> None:
    outcome = of("fj-2022", region="福州市")
    assert (outcome.group, outcome.own) == ("pending", None)
    assert outcome.supposed is not None
    assert outcome.supposed.words == ("一年期LPR仍为 3.00%（2026-08-20 公布的最近一期）",)
    told_ = " ".join(outcome.supposed.told(outcome.supposed.results[0].sentences))
    assert "假定不变" in told_
    assert "2027-12-31 公布" not in told_


@pytest.mark.parametrize(
    "region", ["青岛市", "福州市", "厦门市", "成都市双流区", "杭州市", "济宁市", "铜梁区", "许昌市"]
)
@pytest.mark.parametrize("stage", ["not_yet", "borrowed", "repaid"])
def test_no_policy_with_an_open_answer_stands_among_the_refused(region: str, stage: str) -> None:
    for outcome in found(region=region, stage=stage).outcomes:
        statuses = {result.status for result in outcome.all_results}
        assert outcome.group in GROUPS
        if outcome.group in ("no", "nearly"):
            assert statuses == {Status.INELIGIBLE}, outcome.policy.id
        if outcome.own is not None:
            assert statuses <= {Status.ELIGIBLE, Status.INELIGIBLE}, outcome.policy.id


def test_ends_that_disagree_depend_on_the_fact_that_differs() -> None:
    """The Sichuan gate in June 2026 is LPR + 1.5 = 4.50 %: it lies inside the band from 4 to 5 %."""
    outcome = of(
        "sc-tianfu-2025", rate_percent="4-5", stage="borrowed", drawn_on="2026-06-01",
        **{"fact.applicant.early_stage": "yes"},
    )  # fmt: skip
    assert (outcome.group, outcome.depends_on) == ("depends", ("合同年利率",))
    assert outcome.own is not None
    assert outcome.own.low == 0 < outcome.own.high


def test_a_near_miss_says_what_to_change_and_what_it_brings() -> None:
    """A rate of 4.60 % is a tenth of a point over the gate; mending it brings 1.5 points of 4 million for the year."""
    outcome = of(
        "sc-tianfu-2025", exact_amount="4000000", exact_rate_percent="4.6", stage="borrowed", drawn_on="2026-06-01",
        settled_on="2027-06-01", **{"fact.applicant.early_stage": "yes"},
    )  # fmt: skip
    assert outcome.group == "nearly"
    assert outcome.nearly is not None
    assert "多了 0.1 个百分点" in outcome.nearly.misses[0].words
    assert outcome.brings == Range(6_083_333, 6_083_333)  # 4,000,000 x 1.5 % x 365 / 360


def test_rights_of_a_kind_that_is_not_wanted_are_left_out_of_the_pledge() -> None:
    outcome = of("sd-qingdao-2024", right_trademark="1", **QINGDAO_LOAN, **{FIRST: "yes"})
    assert (outcome.group, outcome.only_kinds) == ("fits", ("patent",))


def test_what_is_assumed_is_named_and_what_is_stated_is_not() -> None:
    outcome = of("sd-qingdao-2024", **QINGDAO_LOAN, **{FIRST: "yes"})
    assert "pledge.owner_is_borrower" in outcome.assumed_facts
    stated = of("sd-qingdao-2024", **QINGDAO_LOAN, **{FIRST: "yes", "fact.pledge.owner_is_borrower": "yes"})
    assert "pledge.owner_is_borrower" not in stated.assumed_facts
    for path in outcome.assumed_facts:
        assert QUESTIONS.words_of_assumed(path), path


# --- whose policies ----------------------------------------------------------------------------------------------------


def test_only_the_regions_policies_are_answered_and_the_others_are_counted() -> None:
    estimated = found(region="厦门市")
    assert [one.policy.id for one in estimated.outcomes] == [
        "fj-xiamen-2020"
    ]  # not those of Fujian, which leave it out
    assert estimated.elsewhere == sum(policy.offered for policy in LIBRARY) - 1
    assert [policy.id for policy in found(region="四川省").narrower] == ["sc-shuangliu"]
    assert not covers(LIBRARY["sc-shuangliu"], "510000")


def test_what_is_over_is_not_in_force_and_what_is_not_offered_is_nowhere() -> None:
    assert of("bj-2025", region="北京市东城区").group == "not_in_force"
    assert of("bj-2025", on=dt.date(2025, 6, 1), region="北京市东城区").group != "not_in_force"
    hidden = {policy.id for policy in LIBRARY if not policy.offered}
    assert hidden
    for region in ("青岛市", "四川省", "重庆市渝中区"):
        assert not hidden & {one.policy.id for one in found(region=region).outcomes}


def test_instruments_that_cannot_be_worked_out_are_named_for_their_region() -> None:
    assert {"cq-2025-58", "cq-2022-28"} <= {entry.id for entry in found(region="重庆市渝中区").incomplete}
    assert [entry.id for entry in found(region="无锡市").incomplete] == []
    assert of("cq-tongliang-2025", region="铜梁区").group == "uncomputable"


# --- reading the answers -----------------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once_under_its_question() -> None:
    with pytest.raises(Refused) as refused:
        read(
            region="",
            staff="",
            amount_wan="",
            exact_amount="300万",
            right_invention="x",
            settled_on="2026-02-30",
        )
    codes = {problem.code for problem in refused.value.problems}
    assert codes == {"region", "staff", "exact_amount", "right_invention", "settled_on"}


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("渝中", ["500103"]),
        ("重庆渝中", ["500103"]),
        ("山东", ["370000"]),
        ("370200", ["370200"]),
        ("四川省 成都市 双流区", ["510116"]),
        ("火星", []),
    ],
)
def test_a_region_is_found_as_people_write_it(typed: str, codes: list[str]) -> None:
    assert regions_named(typed, regions()) == codes


def test_a_region_that_is_not_listed_is_told_with_the_nearest_that_is() -> None:
    assert region_path(nearest_named("济南历城区", regions()), regions()) == "山东省济南市"
    with pytest.raises(Refused, match="是不是 山东省济南市"):
        read(region="济南历城区")


def test_every_policys_own_region_can_be_chosen() -> None:
    assert {policy.region for policy in LIBRARY if policy.offered} - set(regions()) == set()


def test_bands_that_leave_two_size_classes_leave_both() -> None:
    """Retail: 10 staff and 1 million are small, 50 and 5 million medium; 20 to 99 staff at 3 to 10 million may be either."""
    retail = read(industry="retail", revenue_wan="300-999.99")
    assert sizes_of(retail, size_standard(), ON) == ("small", "medium")
    assert sizes_of(read(), size_standard(), ON) == ("small",)
    assert sizes_of(read(industry="construction"), size_standard(), ON) == ()  # assets nobody stated


def test_what_was_written_reads_back_to_the_same_answers() -> None:
    answers = read(**{FIRST: "yes"}, exact_amount="1830000.00", until_invention="2031")
    again = read_answers(answers.written, QUESTIONS, size_standard(), regions(), ON)
    assert again == answers
    assert again.amount_fen.ends == (Fraction(183_000_000),)


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"stage": "repaid", "drawn_on": "2026-11-20"}, "drawn_on"),
        ({"stage": "repaid", "drawn_on": "2026-06-01", "settled_on": "2026-05-01"}, "settled_on"),
        ({"stage": "borrowed", "settled_on": "2026-11-20"}, "settled_on"),
        ({"stage": "not_yet", "drawn_on": "2027-01-01", "settled_on": "2026-12-31"}, "settled_on"),
        ({"stage": "borrowed", "drawn_on": "2026-11-21"}, "drawn_on"),
        ({"stage": "borrowed", "interest_paid": "100"}, "interest_paid"),
    ],
)
def test_days_that_cannot_be_are_told(other: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        read(**other)
    assert [problem.code for problem in refused.value.problems] == [field]


def test_whatever_can_be_answered_is_estimated() -> None:
    """Forty visitors drawn with a fixed seed; what is refused is refused in words, never by a fault of ours."""
    draw = random.Random(20261120)

    def day(least: int, most: int) -> str:
        return draw.choice(["", str(ON + dt.timedelta(days=draw.randint(least, most)))])

    asked = 0
    for _ in range(40):
        other = {
            "region": draw.choice([policy.region for policy in LIBRARY if policy.offered]),
            "stage": draw.choice(["not_yet", "borrowed", "repaid"]),
            "drawn_on": day(-900, 0),
            "settled_on": day(-500, 900),
            "rate_percent": draw.choice(["unknown", "3-3.5", "4-5"]),
            "right_trademark": draw.choice(["", "3"]),
            "fee_appraisal": draw.choice(["", "52300.00"]),
            "interest_paid": draw.choice(["", "69766.67"]),
            "cover": draw.choice(["none", "policy_guarantee", "unknown"]),
        }
        try:
            answers = read(**other)
        except Refused:
            continue
        asked += 1
        for outcome in estimate(answers, ground()).outcomes:
            assert outcome.own is None or 0 <= outcome.own.low <= outcome.own.high
            assert outcome.own is None or outcome.group in ("fits", "depends", "uncomputable")
    assert asked > 10


def test_a_right_that_ends_before_the_loan_is_warned_of() -> None:
    for until, certain in (("2027", False), ("2026", True), ("2040", None)):
        answers = read(right_utility="1", until_utility=until)
        warned = list(expiries(answers, QUESTIONS, corners(answers, QUESTIONS, size_standard(), ON)))
        assert [one.certain for one in warned] == ([] if certain is None else [certain])


def test_a_range_is_rounded_outwards() -> None:
    assert about(Range(6_412_345, 8_034_567)) == "约 6.4–8.1 万元"
    assert about(Range(321_000, 410_050)) == "约 3,200–4,200 元"


def test_changes_since_are_told_policy_by_policy() -> None:
    then = told(found())
    assert changes(then, found()) == []
    then["sc-shuangliu"] |= {"group": "pending", "low": "1.00", "high": "2.00"}
    del then["sc-tianfu-2025"]
    then["gone"] = {"title": "旧办法", "group": "fits", "low": None, "high": None}
    words = [f"{one.title}：{one.words}" for one in changes(then, found())]
    assert len(words) == 4
    assert any("原为“等数值公布”，现为“符合”" in one for one in words)
    assert any(one == "旧办法：本地不再有这项政策" for one in words)


# --- pages -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finance.subsidies.guest.views.today", lambda: ON)


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_answers_stand_on_a_page_that_can_be_loaded_again(client: Client) -> None:
    sent = client.post(reverse("calculator"), FIRM)
    page, again = (client.get(sent["Location"]).content.decode() for _ in range(2))
    assert re.sub(r"csrf.*", "", page) == re.sub(r"csrf.*", "", again)
    assert "约 6.0–10.0 万元" in page
    assert "成都市双流区知识产权质押融资资助与奖励" in page
    assert "见于转述" in page
    assert "3,000,000.00 元 × 2% = 60,000.00 元" in page


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_wrong_answers_come_back_with_their_faults_and_what_was_typed(client: Client) -> None:
    answer = client.post(reverse("calculator"), {**FIRM, "region": "火星", "amount_wan": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有找到“火星”" in page
    assert "贷款金额" in page
    assert 'value="20-99" checked' in page


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_pages_speak_english_around_the_policies_words(client: Client) -> None:
    answer = client.get(reverse("calculator"), HTTP_ACCEPT_LANGUAGE="en")
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.content.decode()
    assert client.get(reverse("calculator_policies"), HTTP_ACCEPT_LANGUAGE="en").status_code == 200


@pytest.mark.django_db
def test_every_policy_and_instrument_is_listed(client: Client) -> None:
    page = client.get(reverse("calculator_policies")).content.decode()
    for title in [p.title for p in LIBRARY if p.offered] + [entry.title for entry in LIBRARY.incomplete]:
        assert title in page, title


@pytest.mark.django_db
def test_entrances_lead_to_the_calculator(client: Client) -> None:
    for name in ("home", "account_login"):
        assert reverse("calculator") in client.get(reverse(name)).content.decode()


# --- what is kept ------------------------------------------------------------------------------------------------------


def kept(on: dt.date = ON, **other: str) -> tuple[str, Kept]:
    answers = read(on, **other)
    return keep_estimate(
        answers=answers.written, told=told(estimate(answers, ground(on))), questions=QUESTIONS, on=on
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_a_code_opens_the_answers_again_and_is_stored_as_a_hash_only(client: Client) -> None:
    sent = client.post(reverse("calculator_keep"), FIRM)
    code = sent["Location"].rstrip("/").rpartition("/")[2]
    row = Kept.objects.get()
    assert row.code_hash == hash_of(code)
    page = client.get(sent["Location"]).content.decode()
    assert f"{code[:4]}-{code[4:]}" in page
    assert "约 6.0–10.0 万元" in page
    found_again = client.get(reverse("calculator_find"), {"code": f" {code[:4].lower()}-{code[4:]} "})
    assert found_again["Location"] == sent["Location"]


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_a_kept_row_holds_nothing_of_the_visitor() -> None:
    client = Client(
        REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Telltale/1.0", HTTP_X_FORWARDED_FOR="198.51.100.9"
    )
    sent = client.post(reverse("calculator_keep"), {**FIRM, "name": "某某公司", "phone": "13800000000"})
    code = sent["Location"].rstrip("/").rpartition("/")[2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(e)::text FROM subsidies_estimate e")
        row = cursor.fetchone()[0]
    for trace in ("203.0.113", "198.51.100", "Telltale", "某某公司", "13800000000", code):
        assert trace not in row
    assert set(Kept.objects.get().answers) <= {*FIRM, "until_invention"}


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_a_wrong_code_and_one_whose_time_is_over_open_nothing(client: Client) -> None:
    old, _row = kept(ON - dt.timedelta(days=QUESTIONS.kept_days + 1))
    for code in (old, "ABCDEF23"):
        answer = client.get(reverse("calculator_kept", args=[code]))
        assert (answer.status_code, "测算码" in answer.content.decode()) == (404, True)
    last_day, _row = kept(ON - dt.timedelta(days=QUESTIONS.kept_days))
    assert client.get(reverse("calculator_kept", args=[last_day])).status_code == 200


@pytest.mark.django_db
def test_the_night_forgets_what_is_past_and_the_database_lets_nothing_else_go() -> None:
    today = dt.datetime.now(dt.UTC).date()
    _code, old = kept(today - dt.timedelta(days=QUESTIONS.kept_days + 5))
    _code, young = kept(today)
    forget_by_night()
    outbox.drain()
    assert list(Kept.objects.all()) == [young]
    for spoil in (Kept.objects.all().delete, lambda: Kept.objects.update(told={})):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()
    assert not Kept.objects.filter(pk=old.pk).exists()


@pytest.mark.django_db
def test_no_loop_fills_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = read().written
    for _ in range(QUESTIONS.most_a_minute):
        keep_estimate(answers=answers, told={}, questions=QUESTIONS, on=ON)
    with pytest.raises(Refused, match="过一分钟"):
        keep_estimate(answers=answers, told={}, questions=QUESTIONS, on=ON)
    assert Kept.objects.count() == QUESTIONS.most_a_minute


@pytest.mark.django_db
@pytest.mark.usefixtures("on_the_day")
def test_an_owner_takes_over_what_he_ticks_and_no_more(cast: Cast) -> None:
    code, row = kept(**{FIRST: "yes"})
    owner, of_ = cast.enterprise_a.owner, cast.enterprise_a.organisation
    client = freshly_signed_in(owner)
    assert reverse("calculator_take") in client.get(reverse("home")).content.decode()
    page = client.get(reverse("calculator_take"), {"code": code}).content.decode()
    assert "至少有一件权利是第一次出质" in page
    assert client.post(reverse("calculator_take"), {"code": code}).status_code == 422
    ticked = {"code": code, "fact": ["pledge.has_first_time_right", "applicant.joint_punishment"]}
    for _ in range(2):  # the second time nothing is said again
        assert client.post(reverse("calculator_take"), ticked).status_code == 302
    fact = EnterpriseFact.objects.get(enterprise=of_, source__startswith="免登录测算")
    assert (fact.name, fact.value, fact.source) == (ticked["fact"][0], "true", f"免登录测算 {row.saved_on}")
    assert fact_of(of_, "applicant.joint_punishment", ON) is None  # assumed, never stated


def test_a_code_is_read_as_people_type_it() -> None:
    assert typed_code(" abcd－ef23 ") == "ABCDEF23"
    assert typed_code("ABCDEF01") == ""


def test_the_files_that_ship_are_read_before_the_first_visitor_comes_and_without_the_database() -> None:
    at_hand.read_beforehand()
    read = policy_in.cache_info().misses
    for path in yaml_files(POLICIES / "subsidies"):
        policy_in(path.read_text("utf-8"))
    assert policy_in.cache_info().misses == read
    assert {one.id for one in at_hand.incomplete()} == {one.id for one in LIBRARY.incomplete}


def test_a_file_that_cannot_be_read_keeps_no_web_process_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.yaml").write_text("id: [", encoding="utf-8")
    (tmp_path / "whole.yaml").write_text(
        (POLICIES / "subsidies" / "js-wuxi.yaml").read_text("utf-8") + "#", "utf-8"
    )
    monkeypatch.setattr(at_hand, "_home", lambda: tmp_path)
    read = policy_in.cache_info().currsize
    at_hand.read_beforehand()
    assert policy_in.cache_info().currsize == read + 1, "the file after the broken one is read"


@pytest.mark.django_db
def test_published_versions_go_before_the_files_that_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {policy.id for policy in at_hand.policies()} == {policy.id for policy in LIBRARY}
    text = (POLICIES / "subsidies" / "js-wuxi.yaml").read_text(encoding="utf-8")
    ship(kind="subsidy", text=text, checked=checked_policy(load_policy(text)))
    settle_spans(kind="subsidy", family="js-wuxi")
    assert [policy.id for policy in at_hand.policies()] == ["js-wuxi"]


@pytest.mark.django_db
def test_an_english_page_counts_in_yuan_and_not_in_ten_thousands():
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(reverse("calculator")).content.decode()
    assert "3,000,000–5,000,000 yuan" in page
    assert "× 10,000" not in page
    with translation.override("en"):
        assert about(Range(6_412_345, 8_034_567)) == "about 64,000–81,000 yuan"
