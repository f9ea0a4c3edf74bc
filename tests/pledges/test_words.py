"""Everything of the rule books that a page shows has its English, and no entry is unused."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import translation

from finance.pledges.books import interruption_kinds, realising_guide
from finance.pledges.rules.asked import QUESTIONS
from finance.pledges.rules.book import RuleBook
from finance.pledges.rules.metrics import METRICS
from finance.pledges.rules.precheck import OUTCOME_WORDS
from finance.pledges.words import BOOKS, worded
from kernel.word_lists import entries_of
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import library
from tests.pledges.filed import REGISTERED, Worked

BESIDE = {"窗口受理", "请补交", "登记机构不要求，由银行自行留存"}
"""What stands beside the books' own words on the same pages."""


def of_book(book: RuleBook) -> Iterator[str]:
    yield from (book.title, book.registry, book.unified_register.title, *book.subtypes.values())
    for rules in (
        book.materials, book.contract_terms, book.grounds, book.revocations, book.endings, book.notes, book.clocks,
        book.states, book.transitions, book.legal_events, book.watch,
    ):  # fmt: skip
        yield from (rule.title for rule in rules)
    yield from (ground.to_do for ground in book.grounds)
    yield from (text for rule in book.watch for text in (rule.to_do, rule.who))
    for move in book.transitions:
        yield from (move.paper, move.duty, *(guard.refusal for guard in move.guards))


def shown() -> set[str]:
    texts = {text for book in library().books.values() for text in of_book(book)}
    texts |= {rule.title for rule in interruption_kinds().values()}
    guide = realising_guide()
    told = (*guide.order.values(), *guide.waiver.values(), *guide.ways, *guide.reminders)
    texts |= {one.text for one in told} | {piece.title for piece in guide.pack}
    for question in QUESTIONS.values():
        texts |= {question.label, question.help, *question.choices.values()}
    return (texts | set(METRICS.values()) | set(OUTCOME_WORDS.values()) | BESIDE) - {""}


def test_every_text_of_the_rule_books_has_its_english_and_no_entry_is_unused():
    assert set(entries_of(BOOKS)) == shown()


def test_no_english_entry_is_chinese():
    assert not [text for text in entries_of(BOOKS).values() if re.search(r"[\u4e00-\u9fff]", text)]


def test_a_text_that_nobody_has_stays_as_it_is():
    with translation.override("en"):
        assert worded("甲公司（重庆）") == "甲公司（重庆）"


@pytest.mark.django_db
def test_an_english_page_of_a_file_says_its_steps_states_and_limits_in_english(cast):
    """Of the rule book nothing but the sources is left in Chinese: what the file itself says stays as it was typed."""
    mark = Worked(cast, "trademark").registered()
    client = freshly_signed_in(mark.bank.maker)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("pledges:file", args=[mark.file.pk])).content.decode()
    for words in (
        "Trademark pledge registration",
        "Registered",
        "Apply for a change",
        "Certificate, from registration",
    ):
        assert words in page
    titles = {move.title for move in library().books["trademark@2020"].transitions}
    assert not [title for title in titles if f">{title}<" in page]
    step = client.get(
        reverse("pledges:step", args=[mark.file.pk]) + "?action=transfer_or_license"
    ).content.decode()
    assert "Where the proceeds go" in step
    assert "Prepayment of the debt" in step
    assert REGISTERED.isoformat() in page
