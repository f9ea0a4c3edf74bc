"""The sample: an institution's own stored scores, each with the loans that were decided on it and what became of them.

Nothing of another institution is looked at. A loan belongs to the last score made of its borrower in the days before it was
lent; a score dated after the loan never counts, nor one with an input that became known after it. Everything is read as it
was known at a moment, so that the same sample is taken again later.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kernel.days import add_months, day_of
from kernel.money.fields import fen_of
from valuation.learning.book import Case, period_of
from valuation.learning.outcomes import together
from valuation.scores.models import Dispute, LineQuote, Override, Score
from valuation.scores.published import method_now
from valuation.scores.queries.booked import booked, light
from valuation.validation.models import SourceOutage
from valuation.validation.rules import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from finance.parties.models import Organisation
    from kernel.policystore.models import PolicyVersion
    from valuation.learning.period import Period
    from valuation.scores.queries.booked import Booked
    from valuation.terms import Scorecard

SHARE, AGE, UNTOLD = "compensation_share", "firm_age", "未知"
FOR_EARLIER = (10, 15)
"""An earlier score is one of so many months before: about a year."""


@dataclass(frozen=True)
class Taken:
    """A sample: cases by day, the rows behind each as they are kept and shown, and what was left out."""

    known_at: dt.datetime
    cases: tuple[Case, ...]
    rows: tuple[dict[str, Any], ...]
    late: int
    """Scores of the sample that were worked out only after the loan was lent, on inputs known before."""
    unscored: int
    """Loans without a score before them."""

    @property
    def digest(self) -> str:
        return sha256_of(list(self.rows))


def sample_of(
    institution: Organisation, version: PolicyVersion, begins: dt.date, ends: dt.date, known_at: dt.datetime
) -> Taken:
    """All cases of a card's version that were scored in the period, as known at the moment."""
    every = Score.objects.filter(house=institution, made_at__lte=known_at).exclude(enterprise=institution)
    of_firm: dict[Any, list[Score]] = defaultdict(list)
    for score in light(every).order_by("on", "made_at", "pk"):
        of_firm[score.enterprise_id].append(score)
    on = day_of(known_at)
    book = booked(institution.pk, of_firm, known_at=known_at, on=on, method=method_now())
    lent = book.by_score
    taken = [
        score
        for scores in of_firm.values()
        for score in _counted(
            [one for one in scores if one.card_id == version.pk and begins <= one.on <= ends], lent
        )
    ]
    taken.sort(key=lambda score: (score.on, str(score.pk)))
    beside = _beside(taken, known_at)
    earlier = {score.pk: _earlier(score, of_firm[score.enterprise_id]) for score in taken}
    # only what is taken is read whole, with the score a year before
    wanted = {score.pk for score in (*taken, *filter(None, earlier.values()))}
    whole = Score.objects.filter(pk__in=wanted).select_related("enterprise").in_bulk()
    cases, rows, late = [], [], 0
    for score in taken:
        loans, before = lent.get(score.pk, []), earlier[score.pk]
        case, row = _case(whole[score.pk], loans, whole[before.pk] if before else None, beside)
        cases.append(case)
        rows.append(row)
        late += any(day_of(score.made_at) > loan.lent_on for loan in loans)
    return Taken(known_at, tuple(cases), tuple(rows), late, book.unscored)


def period_from(
    taken: Taken,
    institution: Organisation,
    card: Scorecard,
    *,
    begins: dt.date,
    ends: dt.date,
    made_on: dt.date,
    development: Sequence[Case] = (),
    head: Mapping[str, Any] | None = None,
) -> Period:
    """The arrays of a sample, with the outages of the institution's sources and what was left out in words."""
    outages = [
        {
            "source": each.source, "begins": each.begins.isoformat(), "ends": each.ends.isoformat(),
            "rows": sum(each.begins.isoformat() <= case.answer["on"] <= each.ends.isoformat() for case in taken.cases),
        }
        for each in SourceOutage.objects.filter(
            institution=institution, begins__lte=ends, ends__gte=begins, stated_at__lte=taken.known_at
        )
    ]  # fmt: skip
    kinds = {kind.id: kind.name for kind in card.value.kinds.values()}
    cases = [
        replace(
            one,
            lgd=float(card.line.lgd),
            realised=tuple((kinds.get(kind, kind), lgd) for kind, lgd in one.realised),
        )
        for one in taken.cases
    ]
    period = period_of(
        cases, card, method_now(), begins=begins, ends=ends, made_on=made_on, development=development,
        head=head or {}, outages=outages, lgd_assumed=dict.fromkeys(kinds.values(), float(card.line.lgd)),
    )  # fmt: skip
    told = f"另有 {taken.unscored} 笔贷款放款前没有评分，未计入；"
    told += f"{taken.late} 户次在放款后才补作评分，所用数据均在放款前已知。"
    return replace(period, selection=period.selection + told)


def _counted(scores: Sequence[Score], lent: Mapping[Any, Any]) -> list[Score]:
    """Of a firm's scores in the period those that a loan was decided on; if there is none, the last."""
    booked = [one for one in scores if one.pk in lent]
    return booked or list(scores[-1:])


def _earlier(score: Score, scores: Iterable[Score]) -> Score | None:
    newest, oldest = (add_months(score.on, -months) for months in FOR_EARLIER)
    found = [one for one in scores if oldest <= one.on <= newest]
    return found[-1] if found else None


@dataclass(frozen=True)
class _Beside:
    """What persons said to the scores: the last override, answered disputes, lines offered."""

    grades: Mapping[Any, str]
    disputes: Mapping[Any, tuple[tuple[str, bool], ...]]
    offered: Mapping[Any, int]
    shares: Mapping[Any, str]
    """The compensated share of the last line that was worked out, as a percentage."""


def _beside(scores: Sequence[Score], known_at: dt.datetime) -> _Beside:
    ids = [one.pk for one in scores]
    grades = {
        one.score_id: one.grade
        for one in Override.objects.filter(score__in=ids, recorded_at__lte=known_at).order_by("recorded_at")
    }
    disputes: dict[Any, tuple[tuple[str, bool], ...]] = defaultdict(tuple)
    for one in Dispute.objects.filter(score__in=ids, answer__answered_at__lte=known_at).select_related(
        "answer"
    ):
        disputes[one.score_id] += ((one.input, one.answer.upheld),)
    offered: dict[Any, int] = {}
    shares: dict[Any, str] = {}
    quotes = LineQuote.objects.filter(score__in=ids, quoted_at__lte=known_at)
    for quote in quotes.order_by("quoted_at", "pk"):
        shares[quote.score_id] = f"{(Decimal(quote.ask.get(SHARE) or 0) * 100).normalize():f}%"
        if quote.outcome == "offered":
            offered[quote.score_id] = fen_of(quote.amount)
    return _Beside(grades, disputes, offered, shares)


def _case(
    score: Score, loans: Sequence[Booked], earlier: Score | None, beside: _Beside
) -> tuple[Case, dict[str, Any]]:
    """A score with all its loans is one case: bad if one of them is, good when all are known."""
    outcomes = [each.outcome for each in loans]
    bad, kind = together(outcomes), _kind_of(score)
    drawn = sum(each.principal_fen for each in loans)
    exposure = sum(one.exposure_fen for one in outcomes)
    offered = beside.offered.get(score.pk, 0)
    realised = tuple(
        (kind, each.outcome.left_fen / each.outcome.exposure_fen)
        for each in loans
        if each.outcome.bad and each.outcome.exposure_fen
    )
    indicators = {line["id"] for line in score.answer["lines"]}
    segments = _segments(score, beside)
    case = Case(
        str(score.pk), score.answer, bool(loans) or offered > 0, bad, segments,
        beside.grades.get(score.pk, ""), earlier.answer if earlier else None,
        max(offered, drawn) if loans else 0, drawn, exposure, sum(one.left_fen for one in outcomes if one.bad),
        0.0, realised,
        tuple((name, right) for name, right in beside.disputes.get(score.pk, ()) if name in indicators),
    )  # fmt: skip
    row = {
        "score": str(score.pk), "digest": score.digest, "on": score.on.isoformat(),
        "enterprise": score.about.get("name") or score.enterprise.name, "segments": segments,
        "status": score.status, "grade": score.grade, "bad": bad,
        "loans": [
            {"id": str(each.loan.pk), "no": each.loan.bank_loan_no, "lent_on": each.lent_on.isoformat(),
             "bad": each.outcome.bad, "exposure_fen": each.outcome.exposure_fen}
            for each in loans
        ],
    }  # fmt: skip
    return case, row


def _segments(score: Score, beside: _Beside) -> dict[str, str]:
    """By what a report tells its figures apart, as it stood when the score was made; the age alone was scored."""
    ages = [line["hit"] for line in score.answer["lines"] if line["id"] == AGE]
    return {
        "行业": score.about.get("industry") or UNTOLD,
        "规模": score.about.get("size") or UNTOLD,
        "地区": score.about.get("district") or UNTOLD,
        "成立年限": ages[0] or UNTOLD if ages else UNTOLD,
        "补偿比例": beside.shares.get(score.pk, UNTOLD),
    }


def _kind_of(score: Score) -> str:
    """The kind of the rights offered, if all are of one; a loss is told by kind only where it can be."""
    kinds = {right.get("kind", "") for right in score.given.get("rights", [])}
    return kinds.pop() if len(kinds) == 1 else ""
