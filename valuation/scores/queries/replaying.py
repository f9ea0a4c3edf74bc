"""A stored score worked out again from its own row: for its pages, for a line on it, and for `manage.py verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.errors import Refused
from valuation.cards.queries import card_of
from valuation.credit_line import Ask, credit_line
from valuation.indicative_value import indicative_value
from valuation.inputs import Application
from valuation.results import Score as Worked
from valuation.scores.models import LineQuote, Score
from valuation.scores.rules import digest_of, plain_json
from valuation.scoring import score

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuation.terms import Scorecard


def worked_again(row: Score) -> tuple[Scorecard, Application, Worked]:
    """The card it was made under, its application, and what the card says of it."""
    card = card_of(row.card, row.parameters)
    application = Application.from_plain(row.given, card)
    return card, application, score(card, application)


def faults() -> list[str]:
    """For `manage.py verify`: every score and every line worked out again, bit by bit."""
    rows = Score.objects.select_related("card", "parameters").order_by("pk")
    return [sentence for row in rows.iterator(chunk_size=200) for sentence in _faults_of(row)]


def _faults_of(row: Score) -> Iterator[str]:
    name = f"评分 {row.pk}"
    try:
        card, application, found = worked_again(row)
    except Refused as refused:
        yield f"{name}：存档的数据不能重算：{refused.problems[0]}"
        return
    value = None
    if found.letter and application.rights:
        value = plain_json(indicative_value(card, found, application).plain())
    answer = plain_json(found.answer())
    compared = (
        ("评分卡摘要", card.digest, row.scored_under),
        ("答案", answer, row.answer),
        ("内部参考价值", value, row.value),
        ("摘要", digest_of(card.digest, row.given, answer, value), row.digest),
        ("状态", (str(found.status), found.score, found.grade, found.letter, found.pd),
         (row.status, row.score, row.grade, row.letter, row.pd)),
        ("评分日", found.on, row.on),
    )  # fmt: skip
    yield from (f"{name}：{what}重算不符" for what, now, was in compared if now != was)
    for quote in row.quotes.all():
        yield from _faults_of_quote(quote, card, application, found)


def _faults_of_quote(
    quote: LineQuote, card: Scorecard, application: Application, found: Worked
) -> Iterator[str]:
    portfolio = indicative_value(card, found, application) if found.letter and application.rights else None
    line = credit_line(card, found, application, Ask.from_plain(quote.ask, card), portfolio)
    if plain_json(line.plain()) != quote.answer or str(line.outcome) != quote.outcome:
        yield f"额度测算 {quote.pk}：重算不符"
