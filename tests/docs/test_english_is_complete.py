"""The pages can be read in English: every text of ours is translated, and none stands outside the translation.

Chinese by decision: documents (templates/pdf: they are issued in Chinese, whoever pressed the button, but for the indicators
of a pool, which come in the language of whoever asked: tests/indicators/test_english.py), sentences of
Problems built in pure code, records of acts and approvals (they are kept as they were written), what stands in policy
files, the pages of the operator's commands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "locale" / "en" / "LC_MESSAGES"
HAN = re.compile(r"[\u4e00-\u9fff]")
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "pdf" not in path.parts)
# one word, and the reason why it stands as it is in every language
ALLOWED = {
    "简体中文": "a language is named in itself",
    "中": "the button that switches to Chinese",
    "中文": "the button that switches to Chinese",
    "知融": "the mark",
}
# the style guide is shown to developers, in the tests only; the page of last resort asks nothing, not even the language
NOT_TRANSLATED = {"styleguide.html", "500.html"}


@pytest.fixture(scope="module")
def words() -> polib.POFile:
    return polib.pofile(str(FOLDER / "django.po"))


def test_every_text_is_translated_and_none_is_guessed(words):
    assert [entry.msgid for entry in words if not entry.translated() or entry.fuzzy] == []
    assert [entry.msgid for entry in words.obsolete_entries()] == []
    assert len(words) > 500


def collected() -> set[str]:
    """Every text that templates and modules ask a translation for, found without gettext's tools."""
    found = set()
    for path in (ROOT / "templates").rglob("*.html"):
        text = templatize(path.read_text(encoding="utf-8"), origin=path.name)
        strings = re.findall(r"""(?:gettext|_)\(u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", text)
        found |= {ast.literal_eval(string) for string in strings}
    for room in ("config", "kernel", "finance", "riskpool", "valuation", "portal"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                asked = isinstance(node, ast.Call) and getattr(node.func, "id", "") in {
                    "_",
                    "gettext",
                    "gettext_lazy",
                }
                if asked and isinstance(node.args[0], ast.Constant):
                    found.add(node.args[0].value)
    return {text for text in found if text}


def test_every_text_of_the_pages_has_been_collected(words):
    """`make messages` brings what is missing into django.po; then it wants its English."""
    texts = collected()
    assert {"%(n)s 笔", "质押登记", "登记出资到账", "待复核"} <= texts, (
        "blocks, tags, modules and choices are read"
    )
    assert {text for text in texts if HAN.search(text)} - {entry.msgid for entry in words} == set()


def test_no_translation_is_still_chinese(words):
    kept = ("简体中文",)
    assert [
        e.msgid
        for e in words
        if e.msgid not in kept and HAN.search(e.msgstr + "".join(e.msgstr_plural.values()))
    ] == []


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w+\}", text))


def test_a_translation_has_the_placeholders_and_the_marks_of_its_text(words):
    for entry in words:
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert placeholders(text) == placeholders(entry.msgid), entry.msgid
                assert re.findall(r"</?\w+", text) == re.findall(r"</?\w+", entry.msgid), entry.msgid
                assert (
                    text.count(",") == entry.msgid.count(",") or "," not in entry.msgid or "，" in entry.msgid
                ), entry.msgid


def test_the_compiled_file_is_in_step_with_the_words(words):
    def plain(entries: polib.POFile | polib.MOFile) -> set[tuple[str, ...]]:
        return {(e.msgctxt or "", e.msgid, e.msgstr, *e.msgstr_plural.values()) for e in entries if e.msgid}

    assert plain(polib.mofile(str(FOLDER / "django.mo"))) == plain(words)


def bare_chinese(template: str) -> Iterator[str]:
    """What a template would show in Chinese to an English reader."""
    template = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->", "", template, flags=re.DOTALL)
    template = re.sub(r"\{% blocktrans(late)?\b.*?endblocktrans(late)? %\}", "", template, flags=re.DOTALL)
    for tag in re.findall(r"\{%.*?%\}|\{\{.*?\}\}", template, flags=re.DOTALL):
        rest = re.sub(r"""_\("[^"]*"\)|_\('[^']*'\)""", "", tag)
        if not re.match(r"\{% (trans|translate)\b", rest) and HAN.search(rest):
            yield tag
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\n", template, flags=re.DOTALL)
    yield from (found.strip() for found in re.findall(r"[^\n<>\"]*[\u4e00-\u9fff][^\n<>\"]*", text))


def test_no_template_shows_chinese_outside_the_translation():
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for path in TEMPLATES
        if path.name not in NOT_TRANSLATED
        for text in bare_chinese(path.read_text(encoding="utf-8"))
        if text not in ALLOWED
    }
    assert found == set()


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("<p>贷款</p>", ["贷款"]),
        ('<a title="贷款">{% translate "贷款" %}</a>', ["贷款"]),
        ('{% include "x.html" with title="贷款" %}', ['{% include "x.html" with title="贷款" %}']),
        (
            '{% include "x.html" with title=_("贷款") %}{# 贷款 #}{% blocktranslate %}贷款{% endblocktranslate %}',
            [],
        ),
    ],
)
def test_the_reader_of_templates_sees_what_it_is_for(template, shown):
    assert list(bare_chinese(template)) == shown


def unwrapped(source: str) -> Iterator[str]:
    """Chinese strings of a module that no translation reaches: not docstrings, not what Problems and acts say."""
    quiet = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "Problem", "record"}

    def visit(node: ast.AST, covered: bool) -> Iterator[str]:
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            covered = covered or name in quiet
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and HAN.search(node.value)
            and not covered
        ):
            yield node.value
        for child in ast.iter_child_nodes(node):
            yield from visit(child, covered)

    yield from visit(ast.parse(source), False)


def test_no_form_or_menu_has_chinese_outside_the_translation():
    named = ("forms.py", "menu.py", "approval_kinds.py", "page.py", "views.py", "homes.py")
    files = [
        path
        for room in ("finance", "riskpool", "portal")
        for name in named
        for path in (ROOT / room).rglob(name)
        if path.parent.name != "rules"  # pure: says Problems, knows no language
    ]
    files += (ROOT / "finance").rglob("forms/*.py")
    assert len(files) > 8
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for path in files
        for text in unwrapped(path.read_text(encoding="utf-8"))
    }
    assert found == set()


def test_every_choice_is_a_text_that_can_be_translated():
    choices = [
        choice
        for model in apps.get_models()
        if model.__module__.startswith(("kernel.", "finance.", "riskpool."))
        for kind in vars(model).values()
        if isinstance(kind, type) and issubclass(kind, models.TextChoices)
        for choice in kind
    ]
    assert len(choices) > 80
    assert [repr(choice) for choice in choices if not isinstance(choice._label_, Promise)] == []


@pytest.mark.django_db
def test_a_page_is_english_for_who_asks_for_it_and_chinese_for_everybody_else(client: Client):
    with translation.override("zh-hans"):  # an answer leaves its language behind in the thread
        chinese = client.get("/").content.decode()
        english = client.get("/", headers={"accept-language": "en"}).content.decode()
    shown = ("核验", "Verify")
    assert [word in chinese for word in shown] == [True, False]
    assert [word in re.sub("<button.*?</button>", "", english) for word in shown] == [False, True]


def translated_while_loading(source: str) -> Iterator[int]:
    """Lines on which a module asks for a translation while it is loaded, in the language of whoever came first."""
    tree = ast.parse(source)
    at_once = {
        name.asname or name.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in ("gettext", "ngettext", "pgettext")
    }

    def visit(node: ast.AST) -> Iterator[int]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in at_once:
            yield node.lineno
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    yield from visit(tree)


def test_nothing_is_translated_while_a_module_is_loaded():
    rooms = ("kernel", "finance", "riskpool", "portal", "config")
    modules = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    found = {
        (path.relative_to(ROOT).as_posix(), line)
        for path in modules
        for line in translated_while_loading(path.read_text(encoding="utf-8"))
    }
    assert found == set()
    eager = "from django.utils.translation import gettext as _\nWORDS = [_('贷款')]\ndef f():\n    return _('贷款')\n"
    assert list(translated_while_loading(eager)) == [2]
