"""A stored score worked out again from its own row: for its pages, for a line on it, and for `manage.py verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.errors import Refused
from kernel.money import wan_text
from kernel.money.fields import fen_of
from valuation.cards.queries import card_of
from valuation.credit_line import Ask, credit_line
from valuation.indicative_value import value_if_any
from valuation.inputs import Application
from valuation.results import Score as Worked
from valuation.scores.models import LineQuote, Score
from valuation.scores.rules import WORKING, digest_of, is_of_this_working, kept_answer, plain_json
from valuation.scoring import score
from valuation.terms import points_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuation.terms import Scorecard

    Compared = tuple[str, object, object]


def worked_again(row: Score) -> tuple[Scorecard, Application, Worked]:
    """The card it was made under, its application, and what the card says of it."""
    card = card_of(row.card, row.parameters)
    application = Application.from_plain(row.given, card)
    return card, application, score(card, application)


def faults() -> list[str]:
    """For `manage.py verify`: every score and every line worked out again, bit by bit.

    What an earlier working answered (`WORKING`) is held by its digest: the card, what was given, the answer and the value.
    """
    rows = Score.objects.select_related("card", "parameters").order_by("pk")
    return [sentence for row in rows.iterator(chunk_size=200) for sentence in _faults_of(row)]


def held_by_digest() -> int:
    """How many scores an earlier working answered: they are not worked out again, only held by their digest."""
    return Score.objects.count() - Score.objects.filter(answer__working=WORKING).count()


def _faults_of(row: Score) -> Iterator[str]:
    name = f"评分 {row.pk}"
    try:
        card, application, found = worked_again(row)
    except Refused as refused:
        yield f"{name}：存档的数据不能重算：{refused.problems[0]}"
        return
    again = _worked if is_of_this_working(row.answer) else _kept
    yield from (
        f"{name}：{what}重算不符" for what, now, was in again(row, card, application, found) if now != was
    )
    for quote in row.quotes.all():
        yield from _faults_of_quote(quote, card, application, found)


def _worked(row: Score, card: Scorecard, application: Application, found: Worked) -> Iterator[Compared]:
    answer, worth = kept_answer(found.answer()), value_if_any(card, found, application)
    value = plain_json(worth.plain()) if worth else None
    yield "评分卡摘要", card.digest, row.scored_under
    yield "答案", answer, row.answer
    yield "内部参考价值", value, row.value
    yield "摘要", digest_of(card.digest, row.given, answer, value), row.digest
    columns = (row.status, row.score, row.grade, row.letter, row.pd)
    yield "状态", (str(found.status), found.score, found.grade, found.letter, found.pd), columns
    yield "评分日", found.on, row.on


def _kept(row: Score, card: Scorecard, application: Application, found: Worked) -> Iterator[Compared]:
    """What an earlier working answered: nobody works it out again, but it is the card's, whole, and what the row says."""
    said = row.answer
    yield "评分卡摘要", card.digest, row.scored_under
    yield "摘要", digest_of(row.scored_under, row.given, said, row.value), row.digest
    letter = next((grade.letter for grade in card.grades if grade.id == said["grade"]), "")
    score = None if row.score is None else points_text(row.score)
    columns = (row.status, score, row.grade, row.letter, row.pd)
    yield "状态", (said["status"], said["score"], said["grade"], letter, said["pd_millionths"]), columns
    yield "评分日", found.on, row.on


def _faults_of_quote(
    quote: LineQuote, card: Scorecard, application: Application, found: Worked
) -> Iterator[str]:
    said = quote.answer
    if is_of_this_working(said):
        portfolio = value_if_any(card, found, application)
        line = credit_line(card, found, application, Ask.from_plain(quote.ask, card), portfolio)
        said = kept_answer(line.plain())
    columns = (quote.outcome, wan_text(fen_of(quote.amount)), quote.bound_by)
    if said != quote.answer or columns != (said["outcome"], said["amount_wan"], said["bound_by"]):
        yield f"额度测算 {quote.pk}：重算不符"
