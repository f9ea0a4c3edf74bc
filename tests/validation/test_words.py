"""The report reads in English on an English page: whatever its code and its method's file say has its English."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.utils import translation

from kernel.word_lists import entries_of
from tests.validation.synthetic import KINDS, SECTORS
from valuation.validation.actions.promoting import OTHER_SAMPLE, SAME_SAMPLE
from valuation.validation.sections import sections
from valuation.validation.wording import ENTRIES, report_words

HAN = re.compile("[\u4e00-\u9fff]")
COMPOSING = ("findings", "records", "validation")
DATA = {*SECTORS, "东区", "西区", "南区", "3年以下", "3—8年", "8年及以上", "征信系统"} - set(KINDS)
"""What firms and sources are called is nobody's to translate."""


PIECES = {
    "95%区间 {} 至 {}", "{}（{}），小于 1：区分过度", "实际违约率 {}，预测 {}；把截距移动 {} 后相等；",
    "{} 项高于 {}，最高为{}（{}）；违约只有 {} 户，空箱会抬高 IV，还判断不出是否事后信息",
    "{}，在抽样误差之内", "{}；另行发布评分卡可达 {}",
}  # fmt: skip
"""Parts of a sentence; the whole has its entry."""


def composed(path: Path):
    """The Chinese texts of a module with `{}` for what is put in; docstrings and keys apart."""
    tree = ast.parse(path.read_text("utf-8"))
    apart = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    apart |= {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(tree):
        if id(one) in apart:
            continue
        if isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def test_every_sentence_of_a_finding_or_condition_is_said_in_english():
    folder = Path(settings.BASE_DIR) / "valuation" / "learning"
    said = [text for name in COMPOSING for text in composed(folder / f"{name}.py") if HAN.search(text)]
    assert len(said) > 40
    with translation.override("en"):
        left = [text for text in said if HAN.search(report_words(text.replace("{}", "7")))]
    assert set(left) <= PIECES


def test_the_sentences_of_several_pieces_are_said_in_english():
    whole = (
        "1.51（95%区间 0.58 至 0.90），小于 1：区分过度",
        "实际违约率 3.01%，预测 2.15%；把截距移动 +0.350 后相等；相关 0.05 时 p = 0.2248、相关 0.12 时 p < 0.0001",
        "21 项高于 0.5，最高为资产负债率（2.613）；违约只有 7 户，空箱会抬高 IV，还判断不出是否事后信息",
        "实际减预测违约率 +1.53%，与全部户次差 +1.20%（165 户），在抽样误差之内",
        "AUC 0.700 → 0.710，差 +0.010，DeLong p = 0.500；另行发布评分卡可达 0.720",
        OTHER_SAMPLE,
        SAME_SAMPLE,
    )
    with translation.override("en"):
        assert [text for text in whole if HAN.search(report_words(text))] == []


def test_what_the_file_of_the_method_says_on_the_page_is_said_in_english():
    told = yaml.safe_load((Path(settings.POLICIES_DIR) / "scorecards" / "_learning.yaml").read_text("utf-8"))
    texts = [*told["limits"], *(one["name"] for one in told["bars"])]
    texts += [one["owner"] for one in told["findings"].values()]
    with translation.override("en"):
        assert [text for text in texts if HAN.search(report_words(text))] == []


def test_a_whole_report_holds_no_chinese_but_names(report, method):
    with translation.override("en"):
        parts = sections(json.loads(json.dumps(report)), method)
    shown = []
    for part in parts:
        shown += [part.title, part.formula, part.counted, *part.notes]
        shown += [text for plot in part.plots for text in (plot.title, *re.findall(">([^<]+)<", plot.svg))]
        for table in (*part.tables, *part.details):
            shown += [table.caption, *table.headings, *(cell for row in table.rows for cell in row)]
    for name in DATA:
        shown = [text.replace(name, "") for text in shown]
    kept = [text for text in shown if HAN.search(text)]
    assert [text for text in kept if "(risk classification of banks' financial assets)" not in text] == []


def test_a_chinese_page_says_what_is_kept():
    with translation.override("zh-hans"):
        assert report_words("校准斜率") == "校准斜率"


@pytest.mark.parametrize(("chinese", "english"), sorted(entries_of(ENTRIES).items()))
def test_the_english_has_as_many_gaps_as_the_chinese(chinese, english):
    assert chinese.count("{}") == len(re.findall(r"\{\d?\}", english)), chinese
    assert not HAN.search(english.replace("商业银行金融资产风险分类办法", "")), chinese
