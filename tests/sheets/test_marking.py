"""The file that comes back: her own rows and columns, the faulty cells marked, nothing that a spreadsheet would run."""

import io
from datetime import date

import openpyxl
import pytest

from kernel.sheets import annotate, check_rows, read_rows
from kernel.sheets.limited import Limits
from tests.sheets.corpus import FORM, HEADS, ROW, book, csv_text, phantom_rows, table

ON = date(2026, 11, 20)
RED, AMBER = "FFFFC7CE", "FFFFEB9C"


def came_back(content: bytes, **more):
    sheet = read_rows(content, "文件.xlsx", FORM)
    checked = check_rows(sheet, FORM, on=ON)
    marked = annotate(content, checked.problems, sheet=sheet, **more)
    return marked, openpyxl.load_workbook(io.BytesIO(marked))


def two_faults(made, sheet):
    rows = [[*ROW, "小王"], ["A002", "乙公司", "NaN", "去年", *ROW[4:], "小李"]]
    table(made, sheet, heads=[*HEADS, "客户经理"], rows=rows)
    made.add_worksheet("我的备忘").write("A1", "勿删")


def test_faulty_cells_are_red_and_say_what_is_wanted_and_the_rest_is_hers():
    _, marked = came_back(book(two_faults))
    page = marked["填报"]
    assert [cell.coordinate for row in page.iter_rows() for cell in row if cell.fill.fgColor.rgb == RED] == [
        "C3",
        "D3",
    ]
    assert page["C3"].comment.text == "【错误】“NaN”不是数字。请按万元填写数字，最多 4 位小数"
    assert [cell.value for cell in page[1]] == [*HEADS, "客户经理"]
    assert [page["I2"].value, page["I3"].value, marked["我的备忘"]["A1"].value] == ["小王", "小李", "勿删"]


def test_all_faults_are_listed_on_a_sheet_of_their_own():
    _, marked = came_back(book(two_faults))
    lines = list(marked["校验结果"].iter_rows(values_only=True))
    assert lines[0][0].startswith("共 1 行有错误（2 处，标红）")
    assert lines[1] == ("行号", "列", "列名", "级别", "发现", "应改为")
    assert lines[2] == (3, "C", "金额（万元）", "错误", "“NaN”不是数字", "请按万元填写数字，最多 4 位小数")
    assert lines[3][:4] == (3, "D", "日期", "错误")


def test_a_mended_copy_comes_back_without_the_old_marks():
    _, marked = came_back(book(two_faults))
    marked["填报"]["C3"] = 5
    stream = io.BytesIO()
    marked.save(stream)
    _, again = came_back(stream.getvalue())
    assert again["填报"]["C3"].fill.fgColor.rgb != RED
    assert again["填报"]["C3"].comment is None
    assert again["填报"]["D3"].fill.fgColor.rgb == RED
    assert again.sheetnames.count("校验结果") == 1


def test_no_text_of_hers_or_ours_becomes_a_formula():
    def fill(made, sheet):
        table(made, sheet, rows=[["A001", "=cmd|'/c calc'!A0", "=SUM(1)", *ROW[3:]]])

    _, marked = came_back(book(fill))
    assert [
        cell.value for page in marked for row in page.iter_rows() for cell in row if cell.data_type == "f"
    ] == []
    assert marked["填报"]["B2"].value == "=cmd|'/c calc'!A0"
    assert "“=SUM(1)”不是数字" in [row[4] for row in marked["校验结果"].iter_rows(values_only=True)]


@pytest.mark.parametrize(
    "formula", ['=HYPERLINK("http://x","y")', "=cmd|'/c calc'!A0", "=[1]Sheet1!A1", '=WEBSERVICE("http://x")']
)
def test_formulas_that_reach_out_are_put_out_of_action_and_stay_faults(formula):
    def fill(made, sheet):
        table(made, sheet)
        sheet.write_formula("B2", formula, None, "甲公司")

    marked, opened = came_back(book(fill))
    assert opened["填报"]["B2"].data_type == "s"
    assert opened["填报"]["B2"].value.startswith("【已停用的公式】=")
    again = check_rows(read_rows(marked, "文件.xlsx", FORM), FORM, on=ON)
    assert [fault.code for fault in again.problems] == ["formula"]


def test_an_honest_formula_of_her_own_column_is_kept():
    def fill(made, sheet):
        table(made, sheet, heads=[*HEADS, "两倍"])
        sheet.write_formula("I2", "=C2*2", None, 25)

    _, marked = came_back(book(fill))
    assert marked["填报"]["I2"].value == "=C2*2"


def test_a_csv_file_comes_back_as_a_marked_workbook():
    content = csv_text().replace("12.5", "NaN").encode("gb18030")
    _, marked = came_back(content)
    assert marked["填报"]["C2"].fill.fgColor.rgb == RED
    assert (
        marked["填报"]["C2"].comment.text.startswith("知融校验")
        or "不是数字" in marked["填报"]["C2"].comment.text
    )
    assert [cell.value for cell in marked["填报"][1]] == HEADS
    assert "CSV" in marked["校验结果"]["A2"].value


def test_a_workbook_too_heavy_to_rewrite_comes_back_as_a_plain_copy_that_says_so():
    tight = Limits(memory=40 * 2**20)
    _, marked = came_back(book(two_faults), limits=tight)
    assert marked["填报"]["D3"].fill.fgColor.rgb == RED
    assert [cell.value for cell in marked["填报"][1]] == [*HEADS, "客户经理"]
    assert "另制了一份" in marked["校验结果"]["A2"].value


def test_a_workbook_with_phantom_rows_is_not_edited_row_by_row():
    _, marked = came_back(phantom_rows(120_000))
    assert marked["填报"].max_row == 2
    assert "另制了一份" in marked["校验结果"]["A2"].value


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "=cmd|'/c calc'!A0"])
def test_whatever_we_write_is_text(text):
    from kernel.sheets.marking_child import write_text

    made = openpyxl.Workbook()
    write_text(made.active["A1"], text)
    stream = io.BytesIO()
    made.save(stream)
    cell = openpyxl.load_workbook(io.BytesIO(stream.getvalue())).active["A1"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
