"""What the model is worth: discrimination, calibration, stability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from valuation.learning.method import Method
from valuation.validation.plots import calibration_plot, cap_plot, migration_plot, stability_plot
from valuation.validation.sections.shape import (
    DASH,
    Plot,
    Report,
    Section,
    Table,
    between,
    by_card,
    by_segment,
    figure,
    in_card_order,
    p_text,
    percent,
)


def discrimination(report: Report) -> Section:
    told = report["discrimination"]
    named = [
        (_("综合分"), told["total"]),
        *((_("%(b)s 块") % {"b": b}, each) for b, each in sorted(told["blocks"].items(), reverse=True)),
    ]
    headings = [_("对象"), _("户次"), _("违约"), "AUC", _("95%区间（DeLong）"), "Gini", "KS"]
    tables = [Table(headings, [_told_row(name, each) for name, each in named])]
    for segment, levels in by_segment(told["segments"]):
        rows = [_told_row(level, each) for level, each in in_card_order(report, segment, levels)]
        tables.append(Table(headings, rows, caption=segment))
    curves = [(name, each["cap"]) for name, each in named if each.get("cap")]
    plots = []
    if curves:
        whole = told["total"]
        words = {
            "cap": _("CAP 曲线"), "cap_x": _("全部户次（从风险最高起）"), "cap_y": _("捕获的违约"),
            "perfect": _("理想"), "random": _("随机"),
        }  # fmt: skip
        plots.append(Plot(words["cap"], cap_plot(curves, whole["bads"] / whole["rows"], words)))
    formula = _(
        "AUC＝任取一坏户一好户，坏户评分更低的概率（相等计半）；标准误按 DeLong（1988）；Gini＝2×AUC－1；"
        "KS＝好、坏两条累计分布的最大间距；CAP 与对角线间的面积比即 Gini"
    )
    counted = _("结果已知 %(n)d 户次，违约 %(d)d") % {"n": told["total"]["rows"], "d": told["total"]["bads"]}
    return Section("discrimination", _("区分度"), formula, counted, "known", tables, (), plots)


def _told_row(name: str, each: Mapping[str, Any]) -> list[str]:
    return [
        name, str(each["rows"]), str(each["bads"]), figure(each["auc"]),
        between(each.get("auc_low"), each.get("auc_high")), figure(each.get("gini")), figure(each.get("ks")),
    ]  # fmt: skip


def calibration(report: Report, method: Method) -> Section:
    told = report["calibration"]
    grades = [
        [
            each["grade"], percent(each["pd"], 2), str(each["rows"]), str(each["bads"]), percent(each["default_rate"], 2),
            DASH if not each["rows"] else f"{each['low']:.2%}—{each['high']:.2%}", p_text(each["jeffreys_p"]),
        ]
        for each in told["grades"]
    ]  # fmt: skip
    headings = [_("等级"), "PD", _("户次"), _("违约"), _("实际违约率"), _("95%区间（Jeffreys）"), "p"]
    tables = [Table(headings, grades)]
    overall = told["overall"]
    if overall:
        named = [
            (_("平均预测违约率"), percent(overall["mean_pd"], 2)),
            (_("实际违约率"), percent(overall["default_rate"], 2)),
            (_("总体 Jeffreys p"), p_text(overall["jeffreys_p"])),
            (_("总体二项检验 p（互不相关）"), p_text(overall["binomial_p"])),
            *(
                (_("总体二项检验 p（相关系数 %(rho)s）") % {"rho": rho}, p_text(p))
                for rho, p in overall["correlated_p"].items()
            ),
            (
                _("校准斜率"),
                f"{figure(overall['slope'])}（{between(overall['slope_low'], overall['slope_high'])}）",
            ),
            (_("校准截距"), figure(overall["intercept"])),
            (_("斜率固定为 1 时的截距"), figure(overall["at_large"])),
            (_("使平均预测等于实际的移动"), figure(overall["shift_to_observed"])),
            ("Brier", figure(overall["brier"], 4)),
            (_("Brier 技巧分（对只报总体违约率）"), figure(overall["brier_skill"])),
            ("Hosmer-Lemeshow", _hosmer_lemeshow(overall["hosmer_lemeshow"])),
        ]
        tables.append(Table([_("总体"), _("数值")], [list(each) for each in named]))
        groups = [
            [str(i), str(g["rows"]), str(g["bads"]), percent(g["predicted"], 2), percent(g["observed"], 2)]
            for i, g in enumerate(told["groups"], 1)
        ]
        titles = [_("组（按预测从低到高）"), _("户次"), _("违约"), _("平均预测"), _("实际")]
        tables.append(Table(titles, groups, caption=_("按预测违约率分组")))
    words = {
        "calibration": _("各等级的预测与实际违约率"), "grade": _("等级"), "rate": _("违约率（对数轴）"),
        "observed": _("实际，95%区间"), "too_many": _("实际显著高于预测"), "stated": _("等级 PD"),
    }  # fmt: skip
    formula = _(
        "实际违约率＝违约 ÷ 户次；Jeffreys p＝Beta(d＋½, n－d＋½) 在 PD 处的分布函数，过小说明 PD 偏低；"
        "相关的二项检验按单因子模型（Vasicek）；斜率、截距：ln 实际好坏比＝截距＋斜率×ln 预测好坏比；"
        "Brier＝（预测－结果）² 的平均"
    )
    counted = _("结果已知 %(n)d 户次，违约 %(d)d") % {"n": told["rows"], "d": told["bads"]}
    drawn = calibration_plot(told["grades"], method.jeffreys_red, words) if told["rows"] else ""
    plots = [Plot(words["calibration"], drawn)] if drawn else []
    notes = [told["why"]] if "why" in told else []
    return Section("calibration", _("校准"), formula, counted, "known", tables, (), plots, notes)


def stability(report: Report, method: Method) -> Section:
    told = report["stability"]
    tables, plots, notes = [], [], []
    if told["psi"]:
        quarters = [
            [
                e["quarter"], str(e["rows"]), figure(e["psi"]), figure(e["mean_score"], 1), percent(e["mean_pd"], 2),
                f"{e['bads']}/{e['outcome_known']}",
            ]
            for e in told["over_time"]
        ]  # fmt: skip
        rows = [
            [_("整个期间"), str(told["psi"]["rows"]), figure(told["psi"]["value"]), "", "", ""],
            *quarters,
        ]
        headings = [_("季度"), _("户次"), "PSI", _("平均分"), _("平均 PD"), _("违约/已知")]
        tables.append(Table(headings, rows))
        words = {"psi": _("各季度 PSI"), "quarter": _("季度"), "amber": _("黄线"), "red": _("红线")}
        if told["over_time"]:
            drawn = stability_plot(told["over_time"], method.psi_amber, method.psi_red, words)
            plots.append(Plot(words["psi"], drawn))
    else:
        notes.append(_("没有开发样本，PSI、CSI 不适用；先对更早的期间拟合，再出具的报告就有开发样本可比。"))
    csi = [
        [name, str(e["rows_then"]), str(e["rows"]), figure(e["value"])]
        for name, e in by_card(report, told["csi"])
    ]
    if csi:
        tables.append(Table([_("指标"), _("开发样本"), _("本期"), "CSI"], csi, caption=_("各指标 CSI")))
    if told["migration"]:
        matrix, names = told["migration"]["matrix"], told["migration"]["grades"]
        stayed = sum(matrix[i][i] for i in range(len(names)))
        rows_n = told["migration"]["rows"]
        tables.append(
            Table(
                [_("一年前有评级"), _("等级不变"), _("占比")],
                [[str(rows_n), str(stayed), percent(stayed / rows_n if rows_n else None)]],
                caption=_("迁徙"),
                words=0,
            )
        )
        words = {"migration": _("等级迁徙"), "now": _("本期等级"), "before": _("一年前")}
        if rows_n:
            plots.append(Plot(words["migration"], migration_plot(names, matrix, words), len(tables) - 1))
    over = told["overrides"]
    if over:
        row = [str(over["rows"]), percent(over["all"]), percent(over["better"]), percent(over["worse"])]
        headings = [_("户次"), _("人工调整率"), _("其中调优"), _("其中调劣")]
        tables.append(Table(headings, [row], caption=_("人工调整"), words=0))
    formula = _(
        "PSI＝Σ（p－q）×ln（p÷q），p、q 为开发样本和本期落在同一分段的占比（空段计半户）；CSI 同式，按指标自己的分箱；"
        "人工调整率＝最后等级与模型等级不同的户次 ÷ 全部户次"
    )
    return Section("stability", _("稳定性、迁徙与人工调整"), formula, "", "all", tables, (), plots, notes)


def _hosmer_lemeshow(test: Mapping[str, Any]) -> str:
    freedom = _("自由度 %(n)d") % {"n": test["freedom"]}
    return f"{test['statistic']:.1f}（{freedom}），p {p_text(test['p'])}"
