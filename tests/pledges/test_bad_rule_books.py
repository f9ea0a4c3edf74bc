"""Each way of writing a rule book wrongly gets its sentence with place and line; all faults come at once."""

from __future__ import annotations

import shutil

import pytest

from finance.pledges.rules.loading import load_library, read_book
from kernel.errors import Refused
from tests.pledges.by_the_book import ROOT

FILES = ROOT / "policies" / "registration"
PATENT = (FILES / "patent@2021.yaml").read_text("utf-8")


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        read_book(text)
    return str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: PAT-R02\n", "id: PAT-R01\n", "“PAT-R01”已写过。每条规则用不同的编号"),
        (
            "confidence: S}\n- {id: PAT-M02",
            "confidence: X}\n- {id: PAT-M02",
            "没有“X”。可用：S、S-old、R、R+、V、D",
        ),
        (
            "metric: right.owner_matches",
            "metric: right.owner_match",
            "没有“right.owner_match”这个事实。是不是 right.owner_matches",
        ),
        ("  to_do: 先办理著录项目变更", "  todo: 先办理著录项目变更", "不认识的键。是不是 to_do？"),
        ("to: signed\n", "to: sined\n", "没有“sined”。是不是 signed？"),
        ("evidence: [PAT-M01, PAT-M02]\n", "evidence: [PAT-M01, PAT-M99]\n", "没有编号为 PAT-M99 的材料"),
        (
            "clock: review_online, asks: [registered_amount]",
            "clock: review_online, asks: [registered_amont]",
            "没有“registered_amont”。可用：changed_on",
        ),
        ("endings:\n", "endings: []\nunread:\n", "ended_because 要从 endings 中选，那里一条也没有"),
        (
            "clock: review_online, asks: [registered_amount]",
            "clock: revue, asks: [registered_amount]",
            "没有编号为 revue 的期限",
        ),
        (
            "- {id: refused, title: 不予登记, kind: ended}",
            "- {id: refused, title: 不予登记, kind: ended}\n- {id: lost, title: 遗失, kind: ended}",
            "状态 lost 到不了",
        ),
        (
            "from: [enforcing], to: registered, actors: [pledgee, both]",
            "from: [withdrawn], to: registered, actors: [pledgee, both]",
            "终结状态 withdrawn 还有下一步",
        ),
        (
            "- {id: refused, title: 不予登记, kind: ended}",
            "- {id: refused, title: 不予登记, kind: open}",
            "状态 refused 没有出路",
        ),
        (
            "action: refuse, from: [submitted]",
            "action: register, from: [submitted]",
            "submitted 状态下 register 已写在 PAT-T07",
        ),
        ("paper: 专利权质押不予登记通知书, ", "", "登记机构的决定没有写明文书"),
        ("valid_from: '2021-11-15'", "valid_from: 2021-11-15", "没有加引号的日期 2021-11-15 不是日期"),
        (
            "valid_from: '2021-11-15'",
            "valid_from: '2021-11-15'\nvalid_to: '2021-01-01'",
            "2021-01-01 早于 2021-11-15",
        ),
        ("years: '20'", "years: 20", "没有加引号的数字 20。请填写加引号的整数"),
        ("years: '20'", "years: '0'", "0。请填写加引号的整数，不小于 1"),
        ("['0', '5', '10', '15', '20', '25']", "['0', 5%]", "“5%”不是非负整数"),
        ("waivable: true", "waivable: 'true'", "缺少或不是 true、false"),
        ("subtype: invention, counts_from", "subtype: inventions, counts_from", "没有“inventions”这个类型"),
        (
            "unit: working_days, after_cure: restarts, article: 办法第10条, source: A4",
            "unit: workdays, article: 办法第10条, source: A4",
            "没有“workdays”。是不是 working_days",
        ),
        (
            "counts_from: right.fee_due",
            "counts_from: right.fees_due",
            "没有“right.fees_due”。是不是 right.fee_due",
        ),
        ("counts_from: right.expires, at_days: ['90', '30', '7'], ", "", "既没有起算日，也不是立即提醒"),
        ("sets: suspended", "sets: suspend", "没有“suspend”。是不是 suspended"),
        ("who: 出质人, to_do: 缴纳年费", "who: 企业, to_do: 缴纳年费", "“企业”没有写明由哪一方办"),
        ("settles: pledge.published", "settles: pledge.publish", "没有“pledge.publish”"),
        ("brings: [fees_paid_through], public: R", "brings: [fees_paid_through], public: true", "请填写文字"),
        ("start: draft", "start: beginning", "没有“beginning”"),
        ("  article: 办法第3条、第7条\n", "", "缺少。请填写文字"),
    ],
)
def test_a_fault_is_told(old, new, says):
    assert old in PATENT
    assert says in refusal(PATENT.replace(old, new, 1))


def test_all_faults_come_at_once_each_with_its_line():
    text = PATENT.replace("years: '20'", "years: 20").replace("metric: right.granted", "metric: right.grant")
    said = refusal(text)
    assert len(said.splitlines()) == 2
    for place, sought in (
        ("terms[0].years", "years: 20"),
        ("grounds[2].when[0][0].metric", "metric: right.grant,"),
    ):
        line = next(n for n, row in enumerate(text.splitlines(), 1) if sought in row)
        assert f"{place}（第{line}行）" in said


def test_what_inherits_is_told_in_its_own_lines_and_must_find_its_parent(tmp_path):
    for path in FILES.glob("[!_]*.yaml"):
        shutil.copy(path, tmp_path)
    child = tmp_path / "trademark@2027.yaml"
    text = child.read_text("utf-8")
    child.write_text(
        text.replace("{id: TM-W02, article: 商标法第44条}", "{id: TM-W02, route: warned}"), "utf-8"
    )
    with pytest.raises(Refused) as refused:
        load_library(tmp_path)
    line = next(n for n, row in enumerate(text.splitlines(), 1) if "id: TM-W02" in row)
    (problem,) = refused.value.problems
    assert problem.where.startswith("trademark@2027.yaml grounds[")
    assert problem.where.endswith(f"].route（第{line}行）")
    child.write_text(text.replace("inherits: trademark@2020", "inherits: trademark@1999"), "utf-8")
    with pytest.raises(Refused, match="没有 trademark@1999"):
        load_library(tmp_path)


def test_a_file_bears_its_id_as_its_name(tmp_path):
    shutil.copy(FILES / "patent@2021.yaml", tmp_path / "patent.yaml")
    with pytest.raises(Refused, match=r"文件名应为 patent@2021\.yaml"):
        load_library(tmp_path)
