"""From stored scores and the institution's own loans to a report, a fit, a promotion by two, and back."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from finance.loans.models import LoanReturn
from finance.parties.models import Organisation
from kernel.days import add_months, today
from kernel.errors import Refused
from kernel.identifiers import new_id
from kernel.money.fields import money_of
from kernel.work.approvals import approve
from kernel.work.models import JobRun, OutboxMessage
from tests.books import lend
from tests.scores.ground import ON as SCORED
from valuation.cards.queries import card_for
from valuation.learning.records import Condition
from valuation.scores.actions import quote_line
from valuation.validation import actions, queries, turns, verifying
from valuation.validation.actions import promoting
from valuation.validation.models import ModelRecord, Opinion, Promotion
from valuation.validation.papers import issue_report
from valuation.validation.rules import sha256_of
from valuation.validation.tasks import draw_report

pytestmark = pytest.mark.django_db
BEGINS, ENDS = dt.date(2026, 1, 1), dt.date(2026, 10, 31)
WINDOW_OVER = dt.datetime(2027, 6, 11, 12, tzinfo=dt.UTC)  # twelve months after the loan was lent


def taken(cast, card, known_at=None):
    return queries.sample_of(cast.bank_a.organisation, card, BEGINS, ENDS, known_at or timezone.now())


def test_a_loan_is_bad_by_its_own_returns_and_belongs_to_the_score_before_it(cast, card, decided):
    sample = taken(cast, card, WINDOW_OVER)
    [case] = sample.cases
    assert (case.id, case.bad, case.drawn_fen, case.exposure_fen) == (
        str(decided["score"].pk),
        True,
        300_000_00,
        250_000_00,
    )
    [row] = sample.rows
    assert row["loans"][0]["no"] == decided["loan"].bank_loan_no
    assert sample.digest == taken(cast, card, WINDOW_OVER).digest


def test_a_default_counts_only_when_the_window_of_all_is_over(cast, card, decided):
    """Else a sample of young loans would hold the bad ones and wait for the good."""
    day_before = WINDOW_OVER - dt.timedelta(days=2)
    assert [case.bad for case in taken(cast, card, day_before).cases] == [None]
    assert [case.bad for case in taken(cast, card, WINDOW_OVER).cases] == [True]


def test_before_the_bad_month_was_known_the_outcome_is_unknown(cast, card, decided):
    first_known = LoanReturn.objects.get(loan=decided["loan"], period=dt.date(2026, 7, 1)).recorded_at
    before = taken(cast, card, first_known - dt.timedelta(days=1))
    assert before.cases == ()


def test_what_was_changed_afterwards_does_not_change_the_sample_of_an_earlier_moment(cast, card, decided):
    """Terms corrected, the firm renamed and moved: the sample as known before is the one that was taken then."""
    loan, firm = decided["loan"], cast.enterprise_a.organisation
    before = taken(cast, card, WINDOW_OVER)
    assert before.rows[0]["enterprise"] == firm.name
    assert before.cases[0].segments["地区"] == "未知", "nobody had said it"
    terms = loan.terms
    terms.pk, terms.seq, terms.principal, terms.digest = None, 2, money_of(200_000_00), "9" * 64
    terms.recorded_at = WINDOW_OVER + dt.timedelta(days=1)
    terms.save(force_insert=True)
    type(loan).objects.filter(pk=loan.pk).update(terms=terms)
    Organisation.objects.filter(pk=firm.pk).update(name="改名后的公司", district="另一区")
    assert taken(cast, card, WINDOW_OVER).digest == before.digest
    [case] = taken(cast, card, WINDOW_OVER + dt.timedelta(days=2)).cases
    assert case.drawn_fen == 200_000_00


def test_a_report_tells_its_figures_apart_by_what_was_known_of_the_firm_and_its_cover(cast, card, decided):
    quote_line(
        by=cast.bank_a.maker, score_id=decided["score"].pk, asked={"compensation_share": "0.8"}, on=SCORED
    )
    [case] = taken(cast, card, WINDOW_OVER).cases
    ages = [line["hit"] for line in decided["score"].answer["lines"] if line["id"] == "firm_age"]
    assert case.segments == {
        "行业": "未知", "规模": "未知", "地区": "未知", "成立年限": ages[0], "补偿比例": "80%",
    }  # fmt: skip


def test_another_bank_has_no_rows_of_it(cast, card, decided):
    other = queries.sample_of(cast.bank_b.organisation, card, BEGINS, ENDS, timezone.now())
    assert other.cases == ()
    with pytest.raises(Refused, match="没有本机构的评分") as of_fit:
        actions.fit(by=cast.bank_b.maker, version=card, begins=BEGINS, ends=ENDS)
    with pytest.raises(Refused) as of_report:
        actions.make_report(by=cast.bank_b.maker, version=card, begins=BEGINS, ends=ENDS)
    assert of_report.value.problems == of_fit.value.problems, "one sentence, in one place"


def test_a_loan_lent_before_any_score_counts_as_unscored(cast, card, decided):
    lend(cast.bank_a.organisation, cast.enterprise_a.organisation, 100_00, disbursed_on=dt.date(2026, 5, 1))
    assert taken(cast, card).unscored == 1


@pytest.fixture
def made(cast, card, decided):
    return actions.make_report(
        by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER
    )  # fmt: skip


def test_a_report_is_kept_with_its_rows_and_its_digests(cast, made):
    assert made.report["population"]["bads"] == 1
    assert made.report_sha256 == sha256_of(made.report)
    made.refresh_from_db()
    assert made.report_sha256 == sha256_of(made.report), "as it comes back from the database"
    assert made.sample_sha256 == sha256_of(made.sample)


def test_the_validator_is_another_person_and_signs_once(cast, made):
    with pytest.raises(Refused, match="本岗位"):
        actions.sign(by=cast.bank_a.maker, report=made, verdict="fit", words="可", on=today())
    opinion = actions.sign(
        by=cast.bank_a.checker, report=made, verdict="fit", words="样本太少，继续观察", on=today()
    )
    assert opinion.signed_by == cast.bank_a.checker.account
    made.refresh_from_db()
    with pytest.raises(Refused, match="已经签署"):
        actions.sign(by=cast.bank_a.checker, report=made, verdict="fit", words="再签", on=today())


def test_the_database_keeps_the_maker_from_signing(cast, made):
    with pytest.raises(DatabaseError, match="另一人"), transaction.atomic():
        Opinion.objects.create(
            report=made, verdict="fit", words="自己签", signed_by=cast.bank_a.maker.account, signed_on=today()
        )


def test_the_report_is_issued_as_a_paper_that_names_no_bank_in_public(cast, made):
    paper = issue_report(by=cast.bank_a.maker, report=made)
    assert bytes(paper.pdf).startswith(b"%PDF")
    assert cast.bank_a.organisation.name not in paper.title
    assert paper.content["report_sha256"] == made.report_sha256


def test_one_default_lets_nothing_be_fitted(cast, card, decided):
    record = actions.fit(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER)
    page = cast.signed_in(cast.bank_a.maker).get(f"/validation/records/{record.pk}/")
    assert page.status_code == 200
    assert (record.rung, record.values, record.defaults, record.rows) == ("posterior", {}, 1, 1)
    actions.begin_shadow(by=cast.bank_a.maker, record=record, on=today())
    with pytest.raises(Refused) as refused:
        actions.propose_promotion(by=cast.bank_a.maker, record=record, since=today(), on=today())
    assert {problem.code for problem in refused.value.problems} == {
        "values",
        "shadow",
        "auc",
        "jeffreys",
        "psi",
        "reasons",
    }


def test_two_who_begin_one_shadow_run_in_the_same_moment_get_one_and_a_reason(cast, card, decided):
    """Each has read the record before the other wrote."""
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    first, second = (queries.record(viewer=cast.bank_a.maker, record_id=record.pk) for _ in range(2))
    for one in (first, second):
        assert not hasattr(one, "shadow")
    actions.begin_shadow(by=cast.bank_a.maker, record=first, on=today())
    with pytest.raises(Refused, match="已于"):
        actions.begin_shadow(by=cast.bank_a.maker, record=second, on=today())


def test_what_a_record_was_fitted_on_is_no_evidence_for_it(cast, card, decided, monkeypatch):
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    actions.begin_shadow(by=cast.bank_a.maker, record=record, on=record.ends)
    asked = []
    monkeypatch.setattr(promoting, "sample_of", lambda *given: asked.append(given[2:4]) or taken(cast, card))
    actions.conditions_of(record, ENDS)
    assert asked == [(BEGINS, ENDS), (ENDS + dt.timedelta(days=1), ENDS + dt.timedelta(days=1))]


def test_a_record_of_one_card_is_not_put_to_use_under_another(cast, card, decided, monkeypatch):
    met = [Condition("shadow", True, "影子运行 7 个月")]
    monkeypatch.setattr(promoting, "_evidence", lambda *_: (met, None))
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    other = type(card)(id=new_id(), family=card.family, version="2099-1")
    monkeypatch.setattr(promoting, "version_on", lambda *_: other)
    with pytest.raises(Refused, match="施行的是 2099-1"):
        actions.propose_promotion(by=cast.bank_a.maker, record=record, since=today(), on=today())


def test_what_is_taken_back_is_what_holds_on_that_day_and_no_promotion_to_come(
    cast, card, decided, monkeypatch
):
    later = today() + dt.timedelta(days=30)
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    monkeypatch.setattr(promoting, "_evidence", lambda *_: ([Condition("shadow", True, "")], None))
    asked = actions.propose_promotion(by=cast.bank_a.maker, record=record, since=later, on=today())
    approve(by=cast.bank_a.checker, approval_id=asked.approval_id)
    with pytest.raises(Refused, match="没有启用过的模型"):
        actions.propose_rollback(by=cast.bank_a.maker, since=today(), on=today(), family=card.family)
    back = actions.propose_rollback(by=cast.bank_a.maker, since=later, on=today(), family=card.family)
    assert back.values == {}


def record_with(cast, card, values) -> ModelRecord:
    """A record as a fit on many more loans would leave it."""
    bank = cast.bank_a
    return ModelRecord.objects.create(
        institution=bank.organisation, card=card, purpose="fit", rung="line", begins=BEGINS, ends=ENDS,
        known_at=timezone.now(), rows=900, defaults=30, figures={"grades": [], "line": {"intercept": 0, "slope": 1}},
        values=values, sample_sha256="a" * 64, method_sha256="b" * 64, digest="c" * 64, made_by=bank.maker.account,
        made_on=today(),
    )  # fmt: skip


def promoted(cast, record, monkeypatch):
    met = [Condition("shadow", True, "影子运行 7 个月")]
    monkeypatch.setattr(promoting, "_evidence", lambda *_: (met, None))
    asked = actions.propose_promotion(by=cast.bank_a.maker, record=record, since=today(), on=today())
    approve(by=cast.bank_a.checker, approval_id=asked.approval_id)
    return asked


def test_a_promoted_record_acts_through_the_banks_own_parameters_and_can_be_taken_back(
    cast, card, decided, monkeypatch
):
    bank = cast.bank_a
    before = card_for(bank.organisation, today())[2]
    promoted(cast, record_with(cast, card, {"anchor_pd": "0.050000", "pdo": "15.0000"}), monkeypatch)
    _, parameters, after = card_for(bank.organisation, today())
    assert (float(after.calibration.anchor_pd), float(after.calibration.pdo)) == (0.05, 15.0)
    assert parameters.values == {"anchor_pd": "0.050000", "pdo": "15.0000"}
    back = actions.propose_rollback(by=bank.maker, since=today(), on=today(), family=card.family)
    approve(by=bank.checker, approval_id=back.approval_id)
    assert card_for(bank.organisation, today())[2].digest == before.digest, "the digest before"


def test_the_second_person_sees_the_conditions_and_confirms_only_while_they_hold(
    cast, card, decided, monkeypatch
):
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    met = Condition("shadow", True, "影子运行 7 个月")
    monkeypatch.setattr(promoting, "_evidence", lambda *_: ([met], None))
    asked = actions.propose_promotion(by=cast.bank_a.maker, record=record, since=today(), on=today())
    page = cast.signed_in(cast.bank_a.checker).get(f"/approvals/{asked.approval_id}/").content.decode()
    assert "影子运行 7 个月" in page
    monkeypatch.setattr(promoting, "_evidence", lambda *_: ([Condition("psi", False, "PSI 0.310")], None))
    with pytest.raises(Refused, match=r"PSI 0\.310"):
        approve(by=cast.bank_a.checker, approval_id=asked.approval_id)
    assert card_for(cast.bank_a.organisation, today())[1] is None


def test_a_record_whose_sample_is_no_longer_what_it_was_fitted_on_is_told(cast, card, decided):
    sound = actions.fit(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER)
    forged = record_with(cast, card, {"anchor_pd": "0.050000"})
    met = [actions.conditions_of(record, today())[0] for record in (sound, forged)]
    assert [(one.name, one.met) for one in met] == [("sample", True), ("sample", False)]
    assert all(words in met[1].told for words in ("企业分类", "不能启用", "重新拟合"))


def test_the_database_lets_no_promotion_stand_on_another_approval(cast, card, decided, monkeypatch):
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    asked = promoted(cast, record, monkeypatch)
    with pytest.raises(DatabaseError, match="两人确认"), transaction.atomic():
        Promotion.objects.create(
            record=record, way="forward", values={"anchor_pd": "0.010000"}, before={}, since=today(), conditions=[],
            approval_id=asked.approval_id,
        )  # fmt: skip


def test_the_quarters_intercept_is_not_fitted_twice_in_a_quarter(cast, card, decided):
    """On 11 December 2027 the half year of scores whose loans' windows are over ends on 14 June 2026."""
    on = dt.date(2027, 12, 11)
    at = dt.datetime(2027, 12, 11, 12, tzinfo=dt.UTC)
    record = actions.recalibrate(by=cast.bank_a.maker, version=card, on=on, at=at)
    assert (record.begins, record.ends) == (dt.date(2025, 12, 14), dt.date(2026, 6, 14))
    assert (record.rows, record.defaults) == (1, 1)
    with pytest.raises(Refused, match="下次不早于"):
        actions.recalibrate(by=cast.bank_a.maker, version=card, on=on, at=at)


def test_an_outage_of_a_source_stands_in_the_report(cast, card, decided):
    actions.state_outage(
        by=cast.bank_a.maker,
        source="征信系统",
        begins=dt.date(2026, 6, 1),
        ends=dt.date(2026, 6, 3),
        on=today(),
    )
    report = actions.make_report(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS)
    assert [(each["source"], each["rows"]) for each in report.report["outages"]] == [("征信系统", 1)]


def test_the_pages_open_for_the_bank_and_the_auditor_and_for_nobody_else(cast, made):
    def status(who, path):
        return cast.signed_in(who).get(path).status_code

    page, rows = f"/validation/reports/{made.pk}/", f"/validation/reports/{made.pk}/rows/known/"
    for path in ("/validation/", page, rows):
        assert status(cast.bank_a.maker, path) == 200
        assert status(cast.auditor.member, path) == 200
    assert status(cast.bank_b.maker, page) == 404
    assert status(cast.bank_b.maker, rows) == 404
    assert status(cast.bank_a.maker, f"/validation/reports/{made.pk}/rows/none/") == 404


def forged(row, **changed):
    """A further row, as whoever writes past the product would leave it."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    type(row).objects.create(**{**values, "id": new_id(), **changed})


def test_verify_names_a_report_and_a_fit_whose_digests_do_not_come_out(cast, card, made):
    record = actions.fit(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER)
    assert verifying.faults() == []
    assert verifying.held_by_digest() == 0
    earlier = made.report | {"head": made.report["head"] | {"shape": 1}}
    forged(made, report=earlier, report_sha256=sha256_of(earlier))
    assert (verifying.faults(), verifying.held_by_digest()) == ([], 1)
    forged(made, report=made.report | {"version": "另一版"})
    forged(record, values={"anchor_pd": "0.010000"})
    assert [sentence.split("：")[1] for sentence in verifying.faults()] == [
        "报告内容与摘要不符", "拟合结果与摘要不符",
    ]  # fmt: skip


def test_verify_works_a_report_out_again_so_that_one_wrong_from_the_start_is_named(made):
    wrong = made.report | {"disputes": {"另外": "编造"}}
    forged(made, report=wrong, report_sha256=sha256_of(wrong))
    forged(made, sample=[], sample_sha256=sha256_of([]))
    assert [sentence.split("：")[1] for sentence in verifying.faults()] == [
        "按当时已知重算，与存档的报告不符", "按当时已知重新取样，与存档的样本不符",
    ]  # fmt: skip


def test_a_recalibration_is_not_the_fit_whose_challenger_a_later_report_compares(cast, card, decided):
    fitted = actions.fit(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER)
    forged(fitted, purpose="recalibration", made_at=timezone.now())

    def before(day, known_at=None):
        return queries.fit_before(cast.bank_a.organisation, card, day, known_at or timezone.now())

    assert before(ENDS) == fitted
    assert before(ENDS - dt.timedelta(days=1)) is None
    assert before(ENDS, fitted.made_at - dt.timedelta(seconds=1)) is None


def test_the_quarters_recalibration_is_asked_for_when_it_is_due(cast, card, decided):
    record = actions.fit(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER)
    due = add_months(record.made_on, 3)

    def told(on, viewer=cast.bank_a.maker):
        return [(turn.since, turn.url) for turn in turns.turns(viewer=viewer, on=on, calendar=None)]

    assert told(due - dt.timedelta(days=1)) == []
    assert told(due) == [(due, f"/validation/records/{record.pk}/")]
    assert told(due, cast.bank_b.maker) == []


def test_the_gain_of_the_same_challenger_in_the_report_before_is_found(cast, card, made):
    of = cast.bank_a.organisation, card
    told = made.report | {"head": made.report["head"] | {"fit": "f" * 64}}
    told["benchmark"] = told["benchmark"] | {"challenger": {"difference": 0.031}}
    forged(made, report=told)
    after, now = made.ends + dt.timedelta(days=1), timezone.now()
    assert queries.earlier_gain(*of, after, now, "f" * 64) == 0.031
    assert queries.earlier_gain(*of, after, now, "e" * 64) is None, "another fit's challenger"
    assert queries.earlier_gain(*of, made.ends, now, "f" * 64) is None, "its period is not over before"
    assert queries.earlier_gain(*of, after, made.made_at - dt.timedelta(seconds=1), "f" * 64) is None


def test_a_job_makes_and_issues_the_report(cast, card, decided):
    job = actions.ask_for_report(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS)
    entry = OutboxMessage.objects.get(effect_key=f"validation.report:{job.pk}")
    draw_report(entry.payload)
    job = JobRun.objects.get(pk=job.pk)
    assert job.state == JobRun.State.DONE
    assert job.outcome.startswith("/validation/reports/")
