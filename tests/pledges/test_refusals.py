"""Whatever a registration page tells of bad input has its English, collected from the code; no entry is unused."""

from __future__ import annotations

import ast
import datetime as dt
import html
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from finance.pledges.actions.befalling import _BROUGHT_DAYS
from finance.pledges.forms import (
    AcceptForm,
    ClearingForm,
    ContractForm,
    InterruptionForm,
    OpenFileForm,
    RightEventForm,
)
from finance.pledges.models import AlertClearing
from finance.pledges.rules.asked import QUESTIONS
from finance.pledges.rules.bounds import WANTED
from finance.pledges.rules.difference import LABELS, PARTIES
from finance.pledges.rules.procedure import ACTOR_WORDS
from finance.pledges.rules.stated import AMOUNTS, CONTRACT_DAYS, DAY_WORDS
from finance.pledges.words import BOOKS, REFUSALS, SENTENCES
from kernel.word_lists import entries_of
from tests.cast import freshly_signed_in
from tests.pledges.filed import PATENT, REGISTERED, Worked
from tests.pledges.test_every_fault_at_once import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

HAN = re.compile("[\u4e00-\u9fff]")
ROOM = "finance/pledges"
OF_RULE_FILES = {"building.py", "loading.py", "forms.py", "step_forms.py", "directory.py", "statistics.py"}
"""Modules of `rules/` whose faults are of files in `policies/`, as are those of the readers of words and of rule files: an
installer reads them."""
BESIDE_THE_ROOM = ("kernel/documents/papers.py", "kernel/money/yuan.py", "finance/parties/rules.py")
TELLS = {"Problem", "Flaw", "RowFlaw"}
TELLING_NAMES = re.compile(
    r"flaws?$|faults?$|^why_|^fen_from_|^difference$|^_fields$|^_word$|^_told$|^_not_by$|^_against"
)
APART = {"record", "_", "gettext", "gettext_lazy"}
"""Calls whose words are kept in Chinese, or have their English in the catalogue."""
NO_REFUSAL = {
    "撤回时效中断记录", "规则", "条文", "依据", "{} 自 {} 起改为{}：{}", "文件摘要（SHA-256）", "办理", "第{}行",
    "第{}行 {}",
    "登记机构办理结果 {}：{}", "登记案件 {}", "记录质押登记 {}", "、", "已标注_{}.xlsx", "窗口受理", "制作{}（{}）",
    "{} 号码", "来源文件 SHA-256", "行", "登记结果摘录_第{}行.csv",
}  # fmt: skip
"""Beside a refusal in the same function: summaries, names of files, what is kept."""


def called(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def texts(node: ast.AST, of_doc: set[int]) -> Iterator[str]:
    """The Chinese of a function with `{}` for what is put in."""
    for one in ast.iter_child_nodes(node):
        if called(one) in APART or id(one) in of_doc:
            continue
        if isinstance(one, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in one.values)
            if HAN.search(text):
                yield text
            for part in one.values:
                if isinstance(part, ast.FormattedValue):
                    yield from texts(part, of_doc)
            continue
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and HAN.search(one.value):
            yield one.value
        yield from texts(one, of_doc)


def refusing(path: Path, tells: frozenset[str] = frozenset(TELLS)) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    of_doc = {
        id(one.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    found: set[str] = set()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and (
            TELLING_NAMES.search(function.name) or any(called(one) in tells for one in ast.walk(function))
        ):
            found |= set(texts(function, of_doc))
    return found


def collected() -> set[str]:
    room = settings.BASE_DIR / ROOM
    paths = [
        path
        for path in room.rglob("*.py")
        if not (path.parent.name == "rules" and path.name in OF_RULE_FILES)
        and path
        not in (
            room / "words.py",
            room / "keepers.py",
            room / "sheets.py",
            room / "templatetags" / "pledge_words.py",
        )
    ]
    paths += [settings.BASE_DIR / path for path in BESIDE_THE_ROOM]
    said = {text for path in paths for text in refusing(path)} - NO_REFUSAL
    for words in (LABELS, PARTIES, DAY_WORDS, CONTRACT_DAYS, AMOUNTS, _BROUGHT_DAYS, ACTOR_WORDS):
        said |= set(words.values())
    first, last = re.findall(r"\d{4}-\d\d-\d\d", WANTED)
    said |= {WANTED.replace(first, "{}").replace(last, "{}")}
    return said | {"已办", "不再成立", "第{}件 {}"}


def test_every_refusal_of_the_room_has_its_english_and_no_entry_is_unused():
    said = collected()
    assert len(said) > 200, "the collecting itself works"
    labels = {one.label for one in QUESTIONS.values()}
    assert (
        sorted(
            said - set(entries_of(REFUSALS)) - set(entries_of(BOOKS)) - set(entries_of(SENTENCES)) - labels
        )
        == []
    )
    assert sorted(set(entries_of(REFUSALS)) - said) == []
    assert {str(how.label) for how in AlertClearing.How} >= {"已办", "不再成立"}


def test_the_english_of_a_refusal_is_english_and_keeps_every_gap():
    gaps = re.compile(r"\{\d?\}")
    for chinese, said in entries_of(REFUSALS).items():
        assert len(gaps.findall(chinese)) == len(gaps.findall(said)), chinese
        assert not HAN.search(re.sub("（?民法典第[第条、0-9]+条|担保解释第15条", "", said)), chinese


def test_a_refusal_names_a_field_as_the_page_does():
    """Of the forms whose faults an action tells by the name of the field."""
    labels = {
        str(field.label): field.label
        for form in (AcceptForm, ClearingForm, InterruptionForm, RightEventForm, ContractForm, OpenFileForm)
        for field in form.base_fields.values()
    }
    with translation.override("en"):
        named = {
            chinese: (str(label), entries_of(REFUSALS)[chinese])
            for chinese, label in labels.items()
            if chinese in entries_of(REFUSALS)
        }
    assert len(named) > 8
    # the catalogue has one English for every 至, and elsewhere it joins two days
    assert {zh: pair for zh, pair in named.items() if pair[0] != pair[1] and zh != "至"} == {}


def told_of(client, address, sent):
    """The faults that a page lists, as one text."""
    client.cookies["django_language"] = "en"
    answer = client.post(address, sent)
    assert answer.status_code == 422
    page = html.unescape(answer.content.decode())
    (listed,) = re.findall(r'<section class="zr-problems".*?</section>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", listed))


@pytest.fixture
def registered(cast, monkeypatch):
    for module in ("claim", "contents", "files", "steps", "watch"):
        monkeypatch.setattr(f"finance.pledges.views.{module}.today", lambda: dt.date(2026, 12, 20))
    return Worked(cast).registered()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seat", "door", "sent", "sentences_told"),
    [
        (
            "clerk", "right_event",
            {"number": "ZL1", "event": "fee_paid", "on": "2027-01-01", "until": "2026-01-01", "source": ""},
            ("2027-01-01 is later than today (2026-12-20)", "2026-01-01 is before 2027-01-01, the day it happened"),
        ),
        ("maker", "interrupt", {"on": "1900-01-01", "told": "", "paper": scan("a.exe", b"MZ")},
         ("What interrupted it Not chosen", "Files of the kind “exe” are not taken")),
        ("maker", "attach", {"material": "PAT-M99", "file": scan("a.pdf", b"MZ")}, ("The content is no pdf file",)),
        (
            "maker", "step?action=request_change",
            {"on": "2026-11-01", "changed_on": "2026-12-01", "new_amount": "-5", "new_ceiling": "7"},
            ("is before 2026-11-20, the day of the step before it (Register)",
             "What is registered is no maximum-amount pledge", "Channel Not chosen",
             "2026-12-01 is later than the day of the step 2026-11-01"),
        ),
    ],
)  # fmt: skip
def test_a_refusal_on_an_english_page_is_english(registered, seat, door, sent, sentences_told):
    who = {"clerk": registered.clerk, "maker": registered.bank.maker}[seat]
    name, _, query = door.partition("?")
    address = reverse(f"pledges:{name}", args=[registered.file.pk]) + (f"?{query}" if query else "")
    told = told_of(freshly_signed_in(who), address, sent)
    assert [one for one in sentences_told if one not in told] == []
    assert not HAN.search(told), told


@pytest.mark.django_db
def test_a_statement_with_faults_is_told_in_english_with_what_was_typed(cast, monkeypatch):
    for module in ("contents", "files"):
        monkeypatch.setattr(f"finance.pledges.views.{module}.today", lambda: REGISTERED)
    worked = Worked(cast)
    sent = {
        "right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "seen": "0", "right-0-number": PATENT[:-1] + "4",
        "right-0-owners": "甲公司 | 同意 | 60%\n乙公司 | 同意 | 60%", "right-0-granted_on": "2016-01-01",
        "right-0-filed_on": "2017-01-01", "amount": "5.005", "determined_on": "2027-01-01",
    }  # fmt: skip
    address = reverse("pledges:state_contents", args=[worked.file.pk])
    told = told_of(freshly_signed_in(worked.bank.maker), address, sent)
    for sentence in (
        "Right 1: Number ZL201710601862.4: the check digit does not fit, it should be 3",
        "Right 1: Dates Grant publication day 2016-01-01 is before Filing day 2017-01-01",
        "Right 1: Shares of the owners In all 120%",
        "5.005 has more than 2 decimals",
        "No ceiling of the claim is filled in",
    ):
        assert sentence in told, (sentence, told)
    assert not HAN.search(told), told
