"""An English page of targets is English: every name, unit, warning and service of the files has its words, none too many."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from kernel.word_lists import entries_of
from portal.targets.measuring import targets_book
from portal.targets.saying import target_text
from tests.cast import Cast, freshly_signed_in

HAN = re.compile("[\u4e00-\u9fff]")
ENTRIES = entries_of(settings.POLICIES_DIR / "words" / "targets_en.yaml")
NUMBERED = re.compile(r"〔\d{4}〕\d+号$")


def words_of_the_files() -> set[str]:
    book = targets_book()
    found = {one.name for one in book.keys.values()} | {
        one.unit for one in (*book.targets, *book.observations)
    }
    found |= {
        words for one in book.keys.values() for words in (*one.warnings, *(near.warning for near in one.near))
    }
    found |= {
        words for one in book.limits for words in (*one.services, book.word(one.before), book.word(one.note))
    }
    found |= {book.word(one.includes) for one in book.targets} | {
        f"“{one.wording}”" for one in book.targets if one.wording
    }
    found |= {one.plan for one in book.targets} | {one.source for one in book.observations}
    return {words for words in found if HAN.search(words) and not NUMBERED.search(words)} - {"比例"}


def test_every_word_of_the_files_has_its_english_and_none_stands_idle() -> None:
    assert words_of_the_files() == set(ENTRIES)


@pytest.mark.django_db
def test_the_english_page_has_no_chinese_but_names_and_what_is_quoted(cast: Cast) -> None:
    client = freshly_signed_in(cast.district_bureau.officer)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(reverse("targets"))
    for plan in page.context["plans"]:
        for line in plan.lines:
            told = [line.name, line.text, line.not_measured, line.not_observed, *line.warnings]
            told += [words for one in (*line.measured, *line.observed) for words in (one.label, one.caution)]
            left = [words for words in told if HAN.search(re.sub("“[^”]*” \\(", "", words))]
            assert left == []
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    for words in (
        "at least 500,000 items",
        "over 100,000,000 yuan",
        "Base year 2024: 44.42 per 10,000 people",
    ):
        assert words in main


def test_ranges_and_comparisons_read_in_english() -> None:
    texts = {}
    with translation.override("en"):
        for one in targets_book().targets:
            texts[one.key] = target_text(one)
    assert texts["global_brands"] == "3 to 5 items"
    assert texts["high_value_patent_share"] == "at least 42%"
