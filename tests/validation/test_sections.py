"""The sections as a reader meets them: everything of the reference is there, in both languages, and drawn."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from django.utils import translation

from valuation.validation.plots import bars_plot
from valuation.validation.sections import sections

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def parts(report, method):
    with translation.override("zh-hans"):
        return {each.id: each for each in sections(report, method)}


def test_all_of_the_reference_is_there_in_its_order(parts):
    assert list(parts) == [
        "head", "findings", "flow", "definition", "quality", "univariate", "discrimination", "calibration", "stability",
        "losses", "lines", "fairness", "reasons", "benchmark", "sensitivity", "limits",
    ]  # fmt: skip


def test_every_section_with_figures_has_its_formula_and_its_rows(parts):
    for name in (
        "flow",
        "univariate",
        "discrimination",
        "calibration",
        "stability",
        "lines",
        "fairness",
        "reasons",
    ):
        assert parts[name].formula, name
        assert parts[name].pick, name


def test_a_kept_report_tells_the_steps_in_the_order_they_happen(parts, report, method):
    """The database keeps the keys of a report by their length."""
    kept = dict(
        sorted(report["population"]["flow"].items(), key=lambda step: (len(step[0].encode()), step[0]))
    )
    shuffled = report | {"population": report["population"] | {"flow": kept}}
    with translation.override("zh-hans"):
        again = {each.id: each for each in sections(shuffled, method)}["flow"].tables[0]
    steps = ["申请", "门槛拦下", "资料太少不评分", "评分", "其中暂定", "获批", "放款", "结果已知", "违约"]
    assert [row[0] for row in again.rows] == steps
    assert again.rows == parts["flow"].tables[0].rows


def test_a_kept_report_reads_in_the_order_of_the_card_whatever_the_database_made_of_its_keys(report, method):
    turned = json.loads(json.dumps(report, sort_keys=True))
    with translation.override("zh-hans"):
        told, again = sections(report, method), sections(turned, method)
    for before, after in zip(told, again, strict=True):
        for table, kept in zip(before.tables, after.tables, strict=True):
            assert table.rows == kept.rows, before.id
    [quality] = [each for each in again if each.id == "quality"]
    titles = [each["title"] for each in report["univariate"]]
    assert [row[0] for row in quality.tables[0].rows] == titles
    [apart] = [each for each in again if each.id == "discrimination"]
    assert [row[0] for row in apart.tables[1].rows] == ["初创期", "成长期", "成熟期"]
    assert [table.caption for table in apart.tables] == ["", "阶段", "行业", "规模", "地区", "年限"]
    assert [row[0] for row in apart.tables[0].rows] == ["综合分", "K 块", "B 块"]


def test_every_table_is_even(parts):
    for part in parts.values():
        for table in (*part.tables, *part.details):
            assert {len(row) for row in table.rows} <= {len(table.headings)}, (part.id, table.caption)


def test_the_pictures_are_sound_and_show_a_mark_for_every_grade(parts, report):
    drawn = [plot.svg for part in parts.values() for plot in part.plots]
    assert len(drawn) == 5
    calibration = ElementTree.fromstring(parts["calibration"].plots[0].svg)
    seen = sum(each["rows"] > 0 for each in report["calibration"]["grades"])
    assert len(calibration.findall(f"{SVG}circle")) == len(report["calibration"]["grades"]) + seen
    for plot in drawn:
        for each in ElementTree.fromstring(plot).iter(f"{SVG}text"):
            assert -1 <= float(each.get("x")) <= 640


def test_words_of_data_cannot_break_a_picture():
    class Marks(HTMLParser):
        seen: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.seen.append(tag)

    Marks().feed(bars_plot([("<script>alert(1)</script>", 0.5)], {"title": 'x"><script>'}))
    assert "script" not in Marks.seen


def test_a_report_kept_before_gaps_were_compared_with_all_rows_still_opens(report, method):
    old = json.loads(json.dumps(report))
    del old["level_orders"]
    for levels in old["fairness"].values():
        for each in levels:
            del each["apart"]
    with translation.override("zh-hans"):
        [fair] = [each for each in sections(old, method) if each.id == "fairness"]
    assert {row[-2] for table in fair.tables for row in table.rows} == {"—"}
    assert {row[-1] for table in fair.tables for row in table.rows} <= {"是", "否", "—"}
