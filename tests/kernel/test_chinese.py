"""What is kept is Chinese, also when somebody presses a button on an English page."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from kernel.acts.models import Act
from kernel.chinese import in_chinese
from riskpool.claims import actions as claims
from riskpool.claims.models import ClockEvent
from tests.books import TODAY, open_books

ROOT = Path(__file__).resolve().parents[2]
LABELS = ("_display()", ".label")
KEEPS = {"ask", "record", "tick"}
SPOKEN = {"in_chinese", "executes", "sent_back"}  # what two persons execute runs inside `approve`


def test_the_language_of_the_page_comes_back_after_an_action():
    with translation.override("en"):
        assert in_chinese(translation.get_language)() == "zh-hans"
        assert translation.get_language() == "en"


@pytest.mark.django_db
def test_a_claim_deferred_on_an_english_page_keeps_its_reason_in_chinese(cast):
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    claim = books.file(books.bad_loan(), 500_000_00)
    with translation.override("en"):
        claims.defer(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    assert Act.objects.get(verb="claim.defer").summary == f"{claim.number} 暂缓：可用资金或限额不足"
    assert ClockEvent.objects.get(kind="stop").reason == "暂缓：可用资金或限额不足"


def undecorated(file: Path) -> list[str]:
    """Public functions of a module that keep words and do not say in which language, where the module reads labels."""
    source = file.read_text()
    if not any(label in source for label in LABELS):
        return []
    found = []
    for function in ast.parse(source).body:
        if not isinstance(function, ast.FunctionDef) or function.name.startswith("_"):
            continue
        called = {
            call.func.id
            for call in ast.walk(function)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        }
        over = {
            getattr(name, "id", getattr(name, "attr", ""))
            for line in function.decorator_list
            for name in ast.walk(line)
        }
        if called & KEEPS and not over & SPOKEN:
            found.append(f"{file.relative_to(ROOT)}: {function.name}")
    return found


def test_every_action_that_may_keep_a_label_runs_in_chinese():
    files = [
        file
        for room in ("kernel", "finance", "valuation", "riskpool")
        for file in (ROOT / room).rglob("*.py")
        if "actions" in file.relative_to(ROOT).as_posix()
    ]
    assert len(files) > 40, "the actions are where they were looked for"
    assert [name for file in files for name in undecorated(file)] == []
