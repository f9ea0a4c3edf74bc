"""The working: sentences as a person would write them, every figure of them from the calculation."""

from __future__ import annotations

import json

import pytest

from finance.subsidies import Case, evaluate, steps_from_plain
from finance.subsidies.working import sentences

BEIJING = {
    "applicant": {"region": "110108", "legal_person": True},
    "pledge": {
        "kinds": ["patent"],
        "ip_share": "0.60",
        "registered_on": "2023-06-20",
        "pledgee_type": "bank",
    },
    "loan": {
        "draws": [["2023-06-25", "10000000"]],
        "settled_on": "2024-06-24",
        "rate": "0.0580",
        "contract_date": "2023-06-21",
    },
    "application_date": "2025-03-01",
}


def test_a_clamped_interest_is_told_from_the_days_to_the_limit(library, series):
    result = evaluate(library["bj-2025"], Case.from_plain(BEIJING), series, {"year": 250_000_00})
    assert result.sentences == [
        "计息本金 10,000,000.00 元，2023-06-25 至 2024-06-24，365 天（算头不算尾，÷360）",
        "一年期LPR 3.55%（2023-06-20 公布，合同签订日口径） × 1.40 = 4.97%",
        "合同利率 5.80% 高于上限，按 4.97% 计",
        "按 4.97% 计算的利息 503,902.78 元（由 503,902.777777… 元四舍五入到分）",
        "503,902.78 元 × 知识产权份额 60% × 50% = 151,170.83 元（由 151,170.834 元四舍五入到分）",
        "申请年度上限 300,000.00 元，已用 250,000.00 元，余 50,000.00 元，受其限制，得 50,000.00 元",
    ]
    assert result.lines[0].bound_by == ("limit:year",)


def test_steps_hold_exact_figures_and_go_into_json_and_back(library, series):
    result = evaluate(library["bj-2025"], Case.from_plain(BEIJING), series)
    stored = json.loads(json.dumps([step.plain() for step in result.working]))
    assert steps_from_plain(stored) == result.working
    assert sentences(steps_from_plain(stored)) == result.sentences
    figures = {step.kind: dict(step.figures) for step in result.working}
    assert figures["interest_worked_out"]["exact"] == "4535125/9"
    assert figures["rate"]["lpr_1y@contract_date.published"] == "2023-06-20"
    assert figures["rounded"] == {"exact": "151170.834", "amount": "151170.83", "after_bound": "false"}


@pytest.mark.parametrize(
    ("policy_id", "place", "sentence"),
    [
        ("ah-huangshan-2017", 0, "单笔上限 50,000.00 元，受其限制，得 50,000.00 元"),
        ("fj-2022", 0, "较低者（一年期LPR 3.80%（2021-12-20 公布，结清当年12月口径），合同利率 4.35%） = 3.80%"),
        ("fj-2022", 2, "符合第1种情形，系数 50%"),
        ("fj-2022", 4, "2020-03-16 至 2021-03-16，365 天（算头不算尾，÷360），计息到最长期限 1年 为止"),
        ("gd-guangzhou-2024", 1, "实际成本 评估费 20,000.00 元 + 利息 270,000.00 元 = 290,000.00 元"),
        ("gd-guangzhou-2024", 1, "不得超过 290,000.00 元，按 290,000.00 元计"),
        ("gd-guangzhou-2024", 2, "四舍五入到分，得 111,111.11 元"),
        ("gd-nansha-2024", 0, "30,000.00 元，与其他项目只能选一，选金额较高的（40,000.00 元），本项不予计算"),
        ("gd-panyu", 0, "计息本金 10,000,000.00 元，按一整年计，不分天数"),
        ("js-nanjing-2020", 0, "5,000,000.00 元 × 知识产权份额 100% × 2% × 9/12 = 75,000.00 元"),
        ("js-zhangjiagang-tm", 2, "质押的权利件数 3 × 每件 10,000.00 元 = 30,000.00 元"),
        ("sc-tianfu-2025", 1, "计息本金 6,000,000.00 元，2025-10-30 至 2026-07-17，260 天（算头不算尾，÷360）"),
        ("sc-tianfu-2025", 1, "利率 1.50%"),
        ("sd-qingdao-2024", 0, "169,361.111111… 元 × 60% = 101,616.67 元（由 101,616.666666… 元四舍五入到分）（art. 3）"),
        ("zj-hangzhou-2015", 1, "4.35%（2015-10-24 公布，合同签订日口径） × 1.20 − 合同利率 5.00%"),
    ],
)  # fmt: skip
def test_each_kind_of_step_has_its_sentence(library, series, defaults, policy_id, place, sentence):
    test = json.loads(library[policy_id].examples)["tests"][place]
    used = {name: int(float(amount) * 100) for name, amount in test.get("used", {}).items()}
    told = evaluate(library[policy_id], defaults.case(test["input"]), series, used).sentences
    assert any(sentence in each for each in told), told


def test_the_sample_tells_pro_rata_bounds_and_dated_caps_of_a_line_that_was_lost(strange, series, defaults):
    test = json.loads(strange.examples)["tests"][0]
    result = evaluate(strange, defaults.case(test["input"]), series, {"year": 2000_00, "life": 100_00})
    line = result.line("topup")
    assert (line.state, line.bounded_fen, line.capped_fen, line.paid_fen) == ("lost", 481_99, 481_50, 0)
    told = result.sentences_of("topup")
    assert "计息本金 1,000,000.00 元，2024-02-29 至 2024-05-31，92 天（算头不算尾，÷365）" in told
    assert (
        "计息本金 1,500,000.50 元，2024-05-31 至 2024-08-29，90 天（算头不算尾，÷365），计息到最长期限 6个月 为止"
        in told
    )
    assert "四舍五入到分，得 481.99 元" in told
    assert told[-2:] == [
        "单笔上限 481.50 元，受其限制，得 481.50 元",
        "481.50 元，与其他项目只能选一，选金额较高的（10,316.69 元），本项不予计算",
    ]
    assert "实付利息 31,234.56 元 × 4.40% ÷ 4.44% = 30,953.17 元（四舍五入到分）" in result.sentences_of(
        "paid"
    )
    assert "本次前面的项目已占 149.99 元" not in "".join(told)
    assert any("本次前面的项目已占 150.00 元" in each for each in result.sentences_of("paid"))
