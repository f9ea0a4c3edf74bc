"""The English of what rules of subsidies have in Chinese: nothing forgotten, nothing left over."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from finance.parties.published import size_standard
from finance.parties.sizes import CLASS_WORDS
from finance.subsidies import Policy, Series, evaluate, load_policy, nearly
from finance.subsidies.aloud import OVER_WORDS, SCOPE_WORDS, SOURCE_WORDS, read_aloud
from finance.subsidies.difference import LABELS
from finance.subsidies.engine import used_of
from finance.subsidies.english import told_in_english
from finance.subsidies.examples import Defaults
from finance.subsidies.guest.questions import load_questions
from finance.subsidies.loading import Library
from finance.subsidies.reads import PAYEE_WORDS, SECTIONS, line_name
from finance.subsidies.saying import all_said, said, said_if_whole
from finance.subsidies.words import english_known, facts_known, in_english
from finance.subsidies.working import FEE_WORDS, INTEREST, WINDOW_WORDS
from kernel import examples, versions
from kernel.errors import Refused
from kernel.policystore.desk import in_force_words
from kernel.policystore.rules import Span
from tests.subsidies.conftest import SAMPLE

HAN = re.compile("[\u4e00-\u9fff]")
SAMPLES = sorted(SAMPLE.parent.glob("*.yaml"))


def test_every_fact_value_payee_and_window_has_its_english_and_no_entry_is_left_over() -> None:
    facts = facts_known().values()
    wanted = {one.name for one in facts} | {word for one in facts for word in one.values.values()}
    for words in (SECTIONS, PAYEE_WORDS, SCOPE_WORDS, WINDOW_WORDS, SOURCE_WORDS, OVER_WORDS):
        wanted |= set(words.values())
    wanted |= {f"{word}补助" for fee, word in FEE_WORDS.items() if fee != INTEREST} | {"是", "否"}
    wanted |= {"贷款贴息", "按贷款金额的补助", "按核定金额的补助"}
    assert set(english_known()) == wanted


def test_every_line_of_the_shipped_measures_reads_in_english(library: Library) -> None:
    for policy in library:
        for line in policy.lines:
            told = in_english(line_name(policy, line.id))
            assert told.isascii(), (policy.id, told)


def sentences_of(policy: Policy, series: Series, defaults: Defaults) -> Iterator[str]:
    """Everything the platform says of a policy's own tests: workings, near misses, cuts, what is waited for."""
    articles = [each.remarks.ref for each in (*policy.lines, *policy.limits) if each.remarks.ref]
    examples = json.loads(policy.examples)
    inputs = [(test["input"], test) for test in examples.get("tests", ())]
    inputs += [(one, test) for test in examples.get("batch_tests", ()) for one in test["inputs"]]
    for plain, test in inputs:
        used = used_of(test.get("used"))
        try:
            result = evaluate(policy, defaults.case(plain), series, used)
        except Refused:
            continue
        near = nearly(policy, defaults.case(plain), series, used, result)
        for sentence in result.sentences:
            article = next((one for one in articles if sentence.endswith(f"（{one}）")), "")
            yield sentence.removesuffix(f"（{article}）") if article else sentence
        yield from (each.words for each in (*near.misses, *near.cuts))
        yield from map(str, result.waits_for)


def test_every_sentence_of_a_working_or_a_near_miss_reads_in_english(
    library: Library, series: Series, defaults: Defaults
) -> None:
    policies = [*library, *map(load_policy, SAMPLES)]
    said_of = {sentence for policy in policies for sentence in sentences_of(policy, series, defaults)}
    assert len(said_of) > 500
    assert [sentence for sentence in said_of if HAN.search(told_in_english(sentence))] == []


def test_a_policy_read_aloud_keeps_only_its_own_text_in_chinese(library: Library) -> None:
    left = []
    for policy in library:
        document = json.loads(policy.document)
        conditions = (*policy.eligibility, *(each for line in policy.lines for each in line.requires))
        own = [one.reason for one in conditions] + [one.reason for one in policy.exclusive]
        own += [
            policy.region_name,
            policy.legal_status,
            *policy.issuer,
            *map(str, document.get("materials") or ()),
        ]
        for section in read_aloud(policy):
            for text in (section.title, *(line.text for line in section.lines)):
                told = told_in_english(text)
                for words in sorted(filter(None, own), key=len, reverse=True):
                    told = told.replace(words, "")
                left += [(policy.id, text, told)] if HAN.search(told) else []
    assert left == []


def test_what_the_calculator_asks_and_the_desk_compares_has_its_english() -> None:
    questions = load_questions(Path(settings.POLICIES_DIR) / "estimates" / "guest.yaml")
    words = [right.name for right in questions.rights.values()]
    words += [one.words for one in questions.assumed.values()]
    words += [*questions.filled.values(), *questions.remarks.values(), *CLASS_WORDS.values()]
    words += [one.name for one in size_standard().industries.values()]
    words += [one.how for one in facts_known().values() if one.how]
    words += [*LABELS.values(), versions.ABSENT, examples.ABSENT]
    assert [one for one in words if HAN.search(told_in_english(one))] == []


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (
            "申请年度上限 500,000.00 元，已用 313,950.00 元，余 186,050.00 元，受其限制，得 186,050.00 元（art. 3）",
            "Limit for the year of application: 500,000.00 yuan, used 313,950.00 yuan, left 186,050.00 yuan, binds: "
            "186,050.00 yuan (art. 3)",
        ),
        (
            "较低者（合同利率 4.50%，一年期LPR 3.65%（2022-12-20 公布，结清当年12月口径）） = 3.65%",
            "the lowest of (contract rate 4.50%, one-year LPR 3.65% (published on 2022-12-20, as of December of the year "
            "of settlement)) = 3.65%",
        ),
        (
            "追回：收回已付金额的 100%，按年利率 5% 计收利息，2 年内不得申报",
            "Claw-back: 100% of what was paid, interest at 5% a year, no application for 2 years",
        ),
        (
            "299.99 元 × 50% = 150.00 元（由 149.995 元四舍五入到分）（第六条）",
            "299.99 yuan × 50% = 150.00 yuan (from 149.995 yuan, rounded half up to the fen) (第六条)",
        ),
        ("渝州银行报送：借款合同 渝借〔2026〕1号", "filed by 渝州银行: loan contract 渝借〔2026〕1号"),
        (
            "计算担保费补助（付给担保机构）",
            "to work out: Subsidy of the guarantee fee (paid to the guarantor)",
        ),
        ("须在双流区，不含托管区", "须在双流区，不含托管区"),  # a policy's own words are not taken apart
    ],
)
def test_a_sentence_says_the_same_in_english(text: str, english: str) -> None:
    assert told_in_english(text) == english


def test_the_page_decides_the_language() -> None:
    with translation.override("en"):
        assert (said("贷款结清日"), all_said(["大型", "小型"])) == ("Day of settlement", "large, small")
        assert (said_if_whole("第 2 次名单"), said_if_whole("已核：无")) == ("List 2", "已核：无")
        spans = (Span(None, dt.date(2026, 12, 31)), Span(dt.date(2028, 1, 1), None))
        assert in_force_words(spans) == "Until 2026-12-31; From 2028-01-01"
    with translation.override("zh-hans"):
        assert (said("贷款结清日"), all_said(["大型", "小型"])) == ("贷款结清日", "大型、小型")


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "比例和上限"), ("en", "rates and caps")])
def test_each_page_speaks_its_language(language: str, shown: str) -> None:
    page = Template("{% load subsidies %}{{ text|said }}")
    with translation.override(language):
        assert page.render(Context({"text": "rates and caps"})) == shown
