"""What of a report lies beyond a limit: in words, with its severity, who has to see to it and by when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from kernel.late import late
from valuation.learning.ladder import rung_of
from valuation.learning.method import Method

stats = late("scipy.stats")

Report = Mapping[str, Any]
Finding = dict[str, Any]
FITTED = ("scorecard", "challenger")
"""From this rung of the ladder on there are defaults enough for WoE to mean something."""
ORDER = {"red": 0, "amber": 1, "note": 2}


def findings_of(report: Report, method: Method, made_on: date | None) -> list[Finding]:
    """The worst first. Owner and days are those of the method's file; without a day of the report there is no due day."""
    found = [
        *_calibration(report, method),
        *_discrimination(report, method),
        *_univariate(report, method),
        *_stability(report, method),
        *_fairness(report, method),
        *_losses(report),
        *_lines(report),
        *_data(report),
    ]
    for each in found:
        duty = method.duties[each["severity"]]
        each["owner"] = duty.owner
        each["due"] = (made_on + timedelta(days=duty.days)).isoformat() if made_on else None
    return sorted(found, key=lambda each: ORDER[each["severity"]])


def _finding(severity: str, where: str, told: str) -> Finding:
    return {"severity": severity, "where": where, "told": told}


def p_told(p: float) -> str:
    """A p with its sign: one that four digits cannot show is not nought.

    >>> p_told(0.01234), p_told(0.00001)
    ('= 0.0123', '< 0.0001')
    """
    return "< 0.0001" if p < 0.0001 else f"= {p:.4f}"


def _calibration(report: Report, method: Method) -> Iterator[Finding]:
    for each in report["calibration"]["grades"]:
        if each["jeffreys_p"] is not None and each["jeffreys_p"] < method.jeffreys_red:
            told = f"违约 {each['bads']}/{each['rows']}，高于等级违约率 {each['pd']:.2%}（p {p_told(each['jeffreys_p'])}）"
            yield _finding("red", f"等级 {each['grade']}", told)
    overall = report["calibration"]["overall"]
    if overall is None:
        yield _finding("note", "校准", report["calibration"]["why"])
        return
    if overall["jeffreys_p"] < method.jeffreys_red:
        told = (
            f"实际违约率 {overall['default_rate']:.2%}，预测 {overall['mean_pd']:.2%}；"
            f"把截距移动 {overall['shift_to_observed']:+.3f} 后相等；"
            + "、".join(f"相关 {rho} 时 p {p_told(p)}" for rho, p in overall["correlated_p"].items())
        )
        yield _finding("red", "总体校准", told)
    if overall["slope_low"] is not None and overall["slope_high"] < 1:
        between = f"95%区间 {overall['slope_low']:.2f} 至 {overall['slope_high']:.2f}"
        told = f"{overall['slope']:.2f}（{between}），小于 1：区分过度"
        yield _finding("amber", "校准斜率", told)
    if overall["brier_skill"] < 0:
        yield _finding("amber", "Brier 技巧分", f"{overall['brier_skill']:.3f}，不如只报总体违约率")


def _discrimination(report: Report, method: Method) -> Iterator[Finding]:
    named = {"评分总分": report["discrimination"]["total"]}
    named |= {f"{block} 块": each for block, each in report["discrimination"]["blocks"].items()}
    for where, each in named.items():
        if each["auc"] is None:
            yield _finding("note", f"{where} 区分度", each["why"])
        elif each["auc_low"] <= 0.5:
            told = f"AUC {each['auc']:.3f}，95%区间 {each['auc_low']:.3f} 至 {each['auc_high']:.3f} 含 0.5：分不出好坏"
            yield _finding("red" if where == "评分总分" else "amber", f"{where} 区分度", told)
    grown = report["benchmark"]["development"]
    if (
        grown
        and grown["error"]
        and stats.norm.cdf(grown["difference"] / grown["error"]) < method.jeffreys_red
    ):
        told = f"AUC 比开发样本低 {-grown['difference']:.3f}（标准误 {grown['error']:.3f}）"
        yield _finding("red", "区分度变化", told)


def _univariate(report: Report, method: Method) -> Iterator[Finding]:
    too_few = []
    for each in report["univariate"]:
        if each["sign"] == "against":
            yield _finding("red", f"指标 {each['title']}", f"方向与预期相反（单项 AUC {each['auc']:.3f}）")
        sure = [one for one in each["breaks"] if one["sure"]]
        if sure:
            told = "；".join(
                f"{one['to']:g} 分箱的违约率高于 {one['from']:g} 分箱（p {p_told(one['p'])}）" for one in sure
            )
            yield _finding("amber", f"指标 {each['title']}", f"不单调：{told}")
        if each["iv"] > method.suspicious_iv:
            if rung_of(each["bads"], method).may not in FITTED:
                too_few.append(each)
                continue
            told = f"IV {each['iv']:.3f}，高于 {method.suspicious_iv:g}：请查是否事后信息"
            yield _finding("amber", f"指标 {each['title']}", told)
    if too_few:  # one note for all: of each alone it says nothing
        most = max(too_few, key=lambda each: each["iv"])
        told = (
            f"{len(too_few)} 项高于 {method.suspicious_iv:g}，最高为{most['title']}（{most['iv']:.3f}）；"
            f"违约只有 {most['bads']} 户，空箱会抬高 IV，还判断不出是否事后信息"
        )
        yield _finding("note", "指标 IV", told)


def _stability(report: Report, method: Method) -> Iterator[Finding]:
    moved: list[tuple[str, Mapping[str, Any] | None]] = [("评分 PSI", report["stability"]["psi"])]
    moved += [(f"指标 {name} CSI", each) for name, each in report["stability"]["csi"].items()]
    for where, index in moved:
        if index and index["value"] >= method.psi_amber:
            severity = "red" if index["value"] >= method.psi_red else "amber"
            told = f"{index['value']:.3f}（黄线 {method.psi_amber:g}，红线 {method.psi_red:g}）"
            yield _finding(severity, where, told)


def _fairness(report: Report, method: Method) -> Iterator[Finding]:
    for name, levels in report["fairness"].items():
        for each in levels:
            where = f"公平性 {name}：{each['level']}"
            if each["approval_ratio"] is not None and each["approval_ratio"] < method.fair_ratio:
                yield _finding("amber", where, f"通过率只有最高组的 {each['approval_ratio']:.0%}")
            gap, apart = each["outcome_minus_pd"], each["apart"]
            if apart is not None and abs(apart) > method.fair_difference:
                told = f"实际减预测违约率 {gap:+.2%}，与全部户次差 {apart:+.2%}（{each['outcome_known']} 户）"
                if each["by_chance"]:
                    yield _finding("note", where, f"{told}，在抽样误差之内")
                else:
                    yield _finding("amber", where, told)


def _losses(report: Report) -> Iterator[Finding]:
    for each in report["losses"]:
        if each["low"] is not None and each["low"] > each["assumed"]:
            told = (
                f"实际损失率 {each['realised']:.0%}（{each['rows']} 笔，95%区间下端 {each['low']:.0%}），"
                f"高于参数 {each['assumed']:.0%}"
            )
            yield _finding("amber", f"损失率 {each['kind']}", told)


def _lines(report: Report) -> Iterator[Finding]:
    total = report["lines"]["total"] if report["lines"] else None
    if total and total["planned_fen"] and total["lost_fen"] > total["planned_fen"]:
        times = total["lost_fen"] / total["planned_fen"]
        yield _finding("amber", "预期损失", f"实际损失是预期的 {times:.2f} 倍")


def _data(report: Report) -> Iterator[Finding]:
    for each in report["outages"]:
        told = f"{each['begins']} 至 {each['ends']} 查询中断，影响 {each['rows']} 户"
        yield _finding("note", f"数据源 {each['source']}", told)
