"""What came of it: losses, lines, fairness, reasons; another model beside it, and how much hangs on assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from valuation.learning.method import Method
from valuation.validation.plots import bars_plot
from valuation.validation.sections.shape import (
    DASH,
    Plot,
    Report,
    Section,
    Table,
    by_segment,
    figure,
    p_text,
    percent,
    yuan,
)
from valuation.validation.wording import report_words


def losses(report: Report) -> Section:
    rows = [
        [
            e["kind"], str(e["rows"]), percent(e["assumed"]), percent(e["realised"]),
            DASH if e["low"] is None else f"{e['low']:.1%}—{e['high']:.1%}",
        ]
        for e in report["losses"]
    ]  # fmt: skip
    headings = [_("权利种类"), _("违约笔数"), _("参数"), _("实际损失率"), _("95%区间")]
    formula = _("实际损失率＝最近一次报送的余额 ÷ 违约时余额，按笔平均；区间按 t 分布")
    notes = [] if rows else [_("没有已结清的违约，实际损失率不适用。")]
    return Section(
        "losses", _("违约损失率"), formula, "", "bad", [Table(headings, rows)] if rows else [], notes=notes
    )


def lines(report: Report) -> Section:
    told = report["lines"]
    if not told or not told["total"]["rows"]:
        return Section("lines", _("额度与预期损失"), notes=[_("没有放款，不适用。")])
    rows = [
        [
            e["grade"] or _("合计"), str(e["rows"]), yuan(e["granted_fen"]), yuan(e["drawn_fen"]), percent(e["use"]),
            yuan(e["planned_fen"]), yuan(e["lost_fen"]),
        ]
        for e in [*told["grades"], told["total"]]
    ]  # fmt: skip
    headings = [
        _("等级"), _("放款"), _("授信额度（元）"), _("已用（元）"), _("使用率"), _("预期损失（元）"), _("实际损失（元）"),
    ]  # fmt: skip
    formula = _("使用率＝已用 ÷ 授信额度；预期损失＝Σ PD×LGD×敞口，每笔四舍五入到分，只计结果已知的")
    return Section("lines", _("额度与预期损失"), formula, "", "booked", [Table(headings, rows, total=True)])


def _signed(share: float | None) -> str:
    return DASH if share is None else f"{share:+.2%}"


def fairness(report: Report, method: Method) -> Section:
    tables = []
    for name, levels in by_segment(report["fairness"]):
        rows = [
            [
                e["level"], str(e["rows"]), percent(e["approval"]), figure(e["approval_ratio"], 2),
                figure(e["mean_score"], 1), str(e["outcome_known"]),
                _signed(e["outcome_minus_pd"]), _signed(e.get("apart")),
                DASH if e.get("apart", e["outcome_minus_pd"]) is None else _("是") if e["by_chance"] else _("否"),
            ]
            for e in levels
        ]  # fmt: skip
        headings = [
            _("组别"), _("户次"), _("通过率"), _("与最高组之比"), _("平均分"), _("结果已知"), _("实际－预测"),
            _("与全部之差"), _("误差之内"),
        ]  # fmt: skip
        tables.append(Table(headings, rows, caption=name))
    formula = _(
        "通过率之比不低于 %(ratio)s；实际违约率减平均预测违约率，与全部户次的同一差额相比不超过 %(gap)s，超过的须说明原因；"
        "“误差之内”指按全部户次的差额修正后的预测，落在本组实际违约率的 95%% Jeffreys 区间内。地区、年限只用于监测，不计分；"
        "补偿比例随额度测算而定，不比通过率"
    ) % {"ratio": f"{method.fair_ratio:g}", "gap": percent(method.fair_difference, 0)}
    return Section("fairness", _("公平性"), formula, "", "all", tables)


def reasons(report: Report) -> Section:
    told = report["reasons"]
    rows = told["rows"] or 1
    counts = [[each["reason"], str(each["rows"]), percent(each["rows"] / rows)] for each in told["counts"]]
    tables = [Table([_("告知的原因"), _("户次"), _("占比")], counts)]
    same = told["stability"]
    tables.append(
        Table(
            [_("前后两次评分"), _("原因重合度"), _("四项全同")],
            [[str(same["rows"]), percent(same["mean"]), percent(same["unchanged"])]],
            caption=_("前四项原因的稳定性"),
            words=0,
        )
    )
    if told["disputes"]:
        disputes = [[e["indicator"], str(e["answered"]), str(e["upheld"])] for e in told["disputes"]]
        tables.append(Table([_("指标"), _("已答复异议"), _("其中成立")], disputes, caption=_("异议")))
    title = _("最常告知的原因（占全部户次）")
    drawn = bars_plot(
        [(report_words(e["reason"]), e["rows"] / rows) for e in told["counts"][:10]], {"title": title}
    )
    formula = _("每户告知失分最重的四项；重合度＝前后两次四项的交集 ÷ 并集（Jaccard），按户平均")
    notes = [] if told["disputes"] else [_("本期没有已答复的异议。")]
    return Section(
        "reasons",
        _("原因与异议"),
        formula,
        "",
        "all",
        tables,
        (),
        [Plot(title, drawn)] if counts else [],
        notes,
    )


def _of_two_periods(challenger: dict[str, Any], method: Method) -> str:
    """Whether the challenger has won twice out of time; it takes the scorecard's place by publication only."""
    rule = _("挑战者样本外连续两期高出 %(gain)s 以上，方可另行发布替换。") % {
        "gain": f"{method.challenger_gain:g}"
    }
    if challenger["earlier"] is None:
        return rule + _("此前没有同一挑战者的报告，本期是第一期。")
    told = _("上一期的差 %(earlier)s，本期 %(now)s：") % {
        "earlier": f"{challenger['earlier']:+.3f}", "now": f"{challenger['difference']:+.3f}",
    }  # fmt: skip
    return rule + told + (_("已连续两期胜出。") if challenger["wins"] else _("没有连续两期胜出。"))


def benchmark(report: Report, method: Method) -> Section:
    told = report["benchmark"]
    rows = [[each["name"], figure(each["auc"]), "", ""] for each in told["bars"]]
    grown, challenger = told["development"], told["challenger"]
    if grown:
        rows.append(
            [_("本模型开发样本"), figure(grown["auc"]), f"{grown['difference']:+.3f}", figure(grown["error"])]
        )
    if challenger:
        rows.append(
            [
                _("挑战者（同一批户次，DeLong）"), figure(challenger["auc"]), f"{challenger['difference']:+.3f}",
                f"{figure(challenger['error'])}，p {p_text(challenger['p'])}",
            ]
        )  # fmt: skip
    headings = [_("对照的模型"), "AUC", _("差"), _("标准误")]
    formula = _(
        "开发样本的差＝本期－开发；挑战者的差＝挑战者－本模型，同一批户次配对检验；公开数据的参照只看方法"
    )
    notes = [_of_two_periods(challenger, method) if challenger else _("没有挑战者对全部户次评过分，不比较。")]
    return Section("benchmark", _("对照检验"), formula, "", "known", [Table(headings, rows)], notes=notes)


def sensitivity(report: Report, method: Method) -> Section:
    told = report["sensitivity"]
    if not told:
        return Section("sensitivity", _("敏感性"), notes=[_("没有评分卡明细，不适用。")])
    headings = [_("变动"), _("平均 PD"), _("换级"), _("上升"), _("下降"), "AUC", _("秩相关")]

    def row(name: str, each: Mapping[str, Any]) -> list[str]:
        return [
            name, percent(each["mean_pd"], 2), percent(each["moved"]), percent(each["up"]), percent(each["down"]),
            figure(each["auc"]), figure(each["rank"]),
        ]  # fmt: skip

    anchor = [row(_("不变"), told["base"])]
    anchor += [row(_("锚定违约率 %(c)s") % {"c": f"{e['change']:+.0%}"}, e) for e in told["anchor"]]
    without = [row(_("去掉%(g)s") % {"g": report_words(e["group"])}, e) for e in told["without"]]
    pairs = list(zip(told["points"][::2], told["points"][1::2], strict=True))
    points = [
        [
            less["title"], percent(less["moved"]), percent(less["mean_pd"], 2), figure(less["auc"]),
            percent(more["moved"]), percent(more["mean_pd"], 2), figure(more["auc"]),
        ]
        for less, more in pairs
    ]  # fmt: skip
    ends = [f"{each['change']:+.0%}" for each in pairs[0]]
    both = [f"{end} {word}" for end in ends for word in (_("换级"), _("平均 PD"), "AUC")]
    formula = _("其余不变，只改一处，重算全部户次；去掉一组时，该块其余各组的分值按比例放大")
    counted = _("评分 %(n)d 户次") % {"n": told["rows"]}
    tables = [
        Table(headings, anchor, caption=_("锚定违约率")),
        Table(headings, without, caption=_("去掉一组指标")),
        Table([_("指标"), *both], points, caption=_("一项指标的分值"), kind="swings"),
    ]
    return Section("sensitivity", _("敏感性"), formula, counted, "all", tables)


def limits(report: Report) -> Section:
    return Section("limits", _("局限"), notes=list(report["limits"]))
