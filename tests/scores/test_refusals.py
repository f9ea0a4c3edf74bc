"""Whatever pages of scores, parameters, white lists, group credit and validation tell of bad input has its English.

Collected from the code; no entry is unused.
"""

from __future__ import annotations

import ast
import datetime as dt
import html
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from kernel.days import today
from kernel.word_lists import entries_of
from tests.cast import freshly_signed_in
from tests.scores.ground import adopt, consent, state_as_of
from valuation.scores import actions
from valuation.scores.actions.overriding import grade_in_use
from valuation.scores.rules.stated import STATES
from valuation.words import ENTRIES, REFUSALS, WORKBOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HAN = re.compile("[\u4e00-\u9fff]")
GAP = re.compile(r"\{([!*]?)(\d?)\}")
ROOMS = ("scores", "cards", "facilities", "whitelists", "validation")
BESIDE = ("valuation/inputs.py", "valuation/credit_line.py", "kernel/typed.py", "kernel/documents/papers.py")
OF_FILES = {"meaning.py", "loading.py", "examples.py", "sources.py"}
"""Modules whose faults are of files in `policies/`: their author reads them."""
TELLS = {"Problem", "fault", "unread", "RowFlaw"}
TELLING = {"shown"}
APART = {"record", "record_act", "_", "gettext", "gettext_lazy"}
NO_REFUSAL = {
    "评分卡机构参数：自 {} 起用 {} 项自定", "用款 {} {}：{} 元", "集体授信成员额度：{}，{} 元", "本平台为本企业自己评分",
    "编制推送银行的白名单", "知识产权质押融资评分", "同意{}自 {} 至 {} 查询、使用本企业的{}，仅用于{}；可随时撤回。",
    "调整等级 {} {} → {}", "评分数据 {} {}", "{}（企业提供，已核实）", "影子运行自 {} 起：{}", "签署验证意见：{}",
    "白名单定稿 {}：{} 户", "编制白名单 {}：共看 {} 户", "撤回对 {} 的白名单移出请求",
}  # fmt: skip
"""Beside a refusal in the same function: summaries and what is kept."""
COMPOSED = {
    "第{}行 {}",
    "{} 来源",
    "{} 查询日",
    "未查写 not_queried",
    "不在使用人名册内",
    "18位代码",
    "请填写",
    "请填写：{}",
}
"""Put together of others: the place before a fault, a field behind an item, `LEFT`, what a column of the workbook wants."""


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def texts(node: ast.AST, of_doc: set[int]) -> Iterator[str]:
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


def refusing(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    of_doc = {
        id(one.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    telling = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef)
        and (one.name in TELLING or any(called(each) in TELLS for each in ast.walk(one)))
    ]
    fixed = [one for one in tree.body if isinstance(one, ast.Assign) and called(one.value) == "Problem"]
    return {text for one in (*telling, *fixed) for text in texts(one, of_doc)}


def collected() -> set[str]:
    paths = [
        path
        for room in ROOMS
        for path in (settings.BASE_DIR / "valuation" / room).rglob("*.py")
        if path.name not in OF_FILES and not {"migrations", "management"} & set(path.parts)
    ]
    paths += [settings.BASE_DIR / one for one in BESIDE]
    return {text for path in paths for text in refusing(path)} - NO_REFUSAL | COMPOSED


def plain(text: str) -> str:
    """An entry as the code has it: whether a gap's own words are translated the code does not say."""
    return GAP.sub("{}", text)


def test_every_refusal_of_these_rooms_has_its_english_and_no_entry_is_unused():
    said = collected()
    assert len(said) > 250, "the collecting itself works"
    kept = {plain(one) for one in entries_of(REFUSALS)}
    others = {plain(one) for file in (WORKBOOKS, ENTRIES) for one in entries_of(file)}
    assert sorted(said - kept - others) == []
    assert sorted(kept - said) == []


def test_the_english_of_a_refusal_is_english_and_keeps_every_gap():
    for chinese, said in entries_of(REFUSALS).items():
        kinds = [sorted(kind for kind, _ in GAP.findall(text)) for text in (chinese, said)]
        assert kinds[0] == kinds[1], chinese
        assert not HAN.search(said), chinese
        said.format(*"abcdef") if "!" not in said else None  # a brace that stands for itself is written twice


def told_of(who, address: str, sent: dict[str, object]) -> str:
    """The faults that an English page lists, as one text."""
    client = freshly_signed_in(who)
    client.cookies["django_language"] = "en"
    answer = client.post(address, sent)
    assert answer.status_code == 422
    (listed,) = re.findall(
        r'<section class="zr-problems".*?</section>', html.unescape(answer.content.decode()), re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", listed))


@pytest.fixture
def scored(cast, card):
    """Enterprise A scored today by bank A."""
    firm, on = cast.enterprise_a, today()
    state_as_of(firm, on)
    consent(firm, cast.bank_a.organisation, on)
    adopt(cast.bank_a.maker, firm.organisation, on)
    return actions.score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=on)


@pytest.mark.django_db
def test_a_refusal_on_an_english_page_is_english(cast, scored):
    maker, grade = cast.bank_a.maker, grade_in_use(scored)
    line = told_of(
        maker,
        f"/scores/{scored.pk}/quote/",
        {"compensation_share": "NaN", "existing_exposure_wan": "x", "request_wan": "-3"},
    )
    changed = told_of(
        maker, f"/scores/{scored.pk}/override/", {"grade": grade, "reason": "主要客户流失\u202e" * 9}
    )
    for sentence, told in (
        ("“NaN” is no usable figure", line),
        ("“x” is no usable amount", line),
        (f"The grade in use is {grade} already", changed),
        ("Reason Character 7 cannot be seen (U+202E)", changed),
    ):
        assert sentence in told, told
        assert not HAN.search(told), told


@pytest.mark.django_db
def test_the_faults_of_a_workbook_are_english_but_for_its_own_headings_and_what_was_typed(cast, card):
    firm, later = cast.enterprise_a, today() + dt.timedelta(days=1)
    code = firm.organisation.credit_code
    rows = [
        "统一社会信用代码,项目,对象,状态,数值,来源,查询日", f"{code},资产负债率,,,-3,x,{today()}",
        f"{code},ip_class2,,,3,x,{later}", f"{code},nothing,,maybe,1,,{today()}",
    ]  # fmt: skip
    sent = ContentFile("\n".join(rows).encode(), "a.csv")
    told = told_of(firm.owner, "/scores/inputs/upload/", {"file": sent})
    for sentence in (
        "-3 is beyond what is possible",
        "later than the day of the score",
        "There is no item “nothing”",
    ):
        assert sentence in told, told
    own = "|".join([*rows[0].split(","), *STATES])
    assert not HAN.search(re.sub(own, "", told)), told
