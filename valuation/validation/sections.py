"""The report as a reader meets it: sections with their formula, what they count, tables of text, pictures.

One shape for the page and for paper: `sections(report, method)` in the language of the reader. All figures are text here;
`pick` names the rows of the sample that stand behind a section. What is worked out stands in `valuation.learning`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from kernel.money import yuan_text
from valuation.learning.method import Method
from valuation.validation.plots import bars_plot, calibration_plot, cap_plot, migration_plot, stability_plot

Report = Mapping[str, Any]
DASH = "—"


@dataclass(frozen=True)
class Table:
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    """So many of the first columns are words; the others are figures."""
    caption: str = ""
    total: bool = False
    all_words: bool = False
    kind: str = ""
    """The class by which the columns are given their widths."""


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    formula: str = ""
    counted: str = ""
    pick: str = ""
    """Which rows of the sample stand behind it: all, known, bad, booked."""
    tables: Sequence[Table] = ()
    details: Sequence[Table] = ()
    """Small tables, set two beside each other."""
    plots: Sequence[str] = ()
    notes: Sequence[str] = ()

    def plain(self) -> dict[str, Any]:
        """All that it states, without the pictures."""
        return {name: value for name, value in asdict(self).items() if name != "plots"}


def sections(report: Report, method: Method) -> list[Section]:
    """All of scoring.md 7.6, in its order."""
    return [
        _head(report),
        _findings(report),
        _flow(report),
        _definition(report),
        _quality(report),
        _univariate(report),
        _discrimination(report),
        _calibration(report, method),
        _stability(report, method),
        _losses(report),
        _lines(report),
        _fairness(report, method),
        _reasons(report),
        _benchmark(report),
        _sensitivity(report, method),
        _limits(report),
    ]


def percent(value: float | None, digits: int = 1) -> str:
    return DASH if value is None else f"{value:.{digits}%}"


def figure(value: float | None, digits: int = 3) -> str:
    return DASH if value is None else f"{value:.{digits}f}"


def p_text(value: float | None) -> str:
    return DASH if value is None else _("小于 0.0001") if value < 0.0001 else f"{value:.4f}"


def _between(low: float | None, high: float | None, digits: int = 3) -> str:
    return DASH if low is None or high is None else f"{low:.{digits}f}—{high:.{digits}f}"


def _head(report: Report) -> Section:
    head = report["head"]
    named = [
        (_("用途"), head.get("purpose")), (_("适用范围"), head.get("scope")), (_("模型所有者"), head.get("owner")),
        (_("模型版本"), report["version"]), (_("版本摘要"), head.get("digest")), (_("样本摘要"), head.get("sample")),
        (_("参数"), head.get("parameters")),
    ]  # fmt: skip
    tables = [
        Table(["", ""], [[name, str(value)] for name, value in named if value], all_words=True, kind="terms")
    ]
    changes = head.get("changes") or []
    if changes:
        tables.append(Table([_("日期"), _("变更")], changes, all_words=True, caption=_("变更记录")))
    return Section("head", _("用途、范围与版本"), tables=tables)


def _findings(report: Report) -> Section:
    words = {"red": _("红"), "amber": _("黄"), "note": _("提示")}
    rows = [
        [
            str(number),
            words[each["severity"]],
            each["where"],
            each["told"],
            each["owner"],
            each["due"] or DASH,
        ]
        for number, each in enumerate(report["findings"], 1)
    ]
    counts = {name: sum(each["severity"] == name for each in report["findings"]) for name in words}
    told = "，".join(f"{words[name]} {count}" for name, count in counts.items())
    headings = [_("序号"), _("程度"), _("事项"), _("发现"), _("责任岗位"), _("办理期限")]
    return Section(
        "findings",
        _("发现事项"),
        counted=told,
        tables=[Table(headings, rows, all_words=True, kind="findings")] if rows else [],
        notes=[] if rows else [_("没有超出界限的事项。")],
    )


def _flow(report: Report) -> Section:
    population = report["population"]
    flow = Table([_("环节"), _("户次")], [[name, str(count)] for name, count in population["flow"].items()])
    scored = population["scored"]
    grades = Table(
        [_("等级"), _("户次"), _("占比")],
        [
            [each["grade"], str(each["rows"]), percent(each["rows"] / scored if scored else None)]
            for each in population["grades"]
        ],
        caption=_("等级分布"),
    )
    return Section(
        "flow", _("样本流程"), _("每一环节的户次；同一企业再次申请另计一次"),
        _("评分 %(n)d 户次，结果已知 %(k)d，违约 %(d)d")
        % {"n": scored, "k": population["outcome_known"], "d": population["bads"]},
        "all", [flow, grades], notes=[population["selection"]] if population["selection"] else [],
    )  # fmt: skip


def _definition(report: Report) -> Section:
    stated = report["definition"]
    rows = (
        [
            [_("违约"), _("放款后逾期 %(days)d 天及以上，或五级分类为%(grades)s")
             % {"days": stated["overdue_days"], "grades": "、".join(stated["grades"])}],
            [_("观察期"), _("自评分之日起 %(months)d 个月；期满未违约计为好，期未满且未违约计为未知") % {"months": stated["window_months"]}],
            [_("依据"), stated["source"]],
        ]
        if stated
        else []
    )  # fmt: skip
    return Section(
        "definition",
        _("违约定义与观察期"),
        tables=[Table(["", ""], rows, all_words=True, kind="terms")] if rows else [],
    )


def _quality(report: Report) -> Section:
    rows = []
    for name, counts in report["absences"].items():
        every = sum(counts[state] for state in ("value", "queried_none", "not_queried", "not_applicable"))
        rows.append(
            [
                name, str(counts["value"]), str(counts["queried_none"]), str(counts["not_queried"]),
                str(counts["not_applicable"]), percent(counts["stale"] / every if every else None),
            ]
        )  # fmt: skip
    headings = [_("指标"), _("查得"), _("查无"), _("未查询"), _("不适用"), _("过期占比")]
    outages = [[e["source"], e["begins"], e["ends"], str(e["rows"])] for e in report["outages"]]
    tables = [Table(headings, rows)]
    if outages:
        titles = [_("数据来源"), _("自"), _("至"), _("影响户次")]
        tables.append(Table(titles, outages, caption=_("数据源中断"), words=3))
    formula = _(
        "三种“没有数”分列，从不相加，也从不当作零；过期占比＝超过最长时效而按未查询处理的户次 ÷ 全部户次"
    )
    notes = [] if outages else [_("本期没有登记数据源中断。")]
    return Section("quality", _("数据质量"), formula, "", "all", tables, notes=notes)


def _univariate(report: Report) -> Section:
    signs = {
        "as_expected": _("与预期一致"), "against": _("与预期相反"), "unclear": _("分不清"), "unknown": _("样本不足"),
    }  # fmt: skip
    whole = [
        [
            each["title"], figure(each["iv"]), figure(each["auc"]),
            _between(each.get("auc_low"), each.get("auc_high")), signs[each["sign"]],
            _("单调") if not each["breaks"] else _("%(n)d 处颠倒，其中显著 %(s)d 处")
            % {"n": len(each["breaks"]), "s": sum(one["sure"] for one in each["breaks"])},
        ]
        for each in report["univariate"]
    ]  # fmt: skip
    tables = [Table([_("指标"), "IV", "AUC", _("95%区间"), _("方向"), _("单调性")], whole)]
    details = []
    for each in report["univariate"]:
        bins = [
            [one["label"], f"{one['points']:g}", str(one["rows"]), str(one["bads"]), percent(one["bad_rate"]), figure(one["woe"])]
            for one in each["bins"]
            if one["rows"]
        ]  # fmt: skip
        headings = [_("分箱"), _("分值"), _("户次"), _("违约"), _("违约率"), "WoE"]
        details.append(Table(headings, bins, caption=each["title"]))
    rows = report["univariate"][0]["rows"] if report["univariate"] else 0
    formula = _(
        "WoE＝ln（箱内好户占全部好户之比 ÷ 箱内坏户占全部坏户之比）；IV＝Σ（好户占比－坏户占比）×WoE；"
        "方向按单项 AUC 的区间是否在 0.5 之上；相邻两箱颠倒用 Fisher 精确检验"
    )
    counted = _("结果已知 %(n)d 户次") % {"n": rows}
    return Section("univariate", _("单项指标"), formula, counted, "known", tables, details)


def _discrimination(report: Report) -> Section:
    told = report["discrimination"]
    named = [
        (_("综合分"), told["total"]),
        *((_("%(b)s 块") % {"b": b}, each) for b, each in told["blocks"].items()),
    ]
    headings = [_("对象"), _("户次"), _("违约"), "AUC", _("95%区间（DeLong）"), "Gini", "KS"]
    tables = [Table(headings, [_told_row(name, each) for name, each in named])]
    for segment, levels in told["segments"].items():
        rows = [_told_row(level, each) for level, each in levels.items()]
        tables.append(Table(headings, rows, caption=segment))
    curves = [(name, each["cap"]) for name, each in named if each.get("cap")]
    plots = []
    if curves:
        whole = told["total"]
        words = {
            "cap": _("CAP 曲线"), "cap_x": _("全部户次（从风险最高起）"), "cap_y": _("捕获的违约"),
            "perfect": _("理想"), "random": _("随机"),
        }  # fmt: skip
        plots.append(cap_plot(curves, whole["bads"] / whole["rows"], words))
    formula = _(
        "AUC＝任取一坏户一好户，坏户评分更低的概率（相等计半）；标准误按 DeLong（1988）；Gini＝2×AUC－1；"
        "KS＝好、坏两条累计分布的最大间距；CAP 与对角线间的面积比即 Gini"
    )
    counted = _("结果已知 %(n)d 户次，违约 %(d)d") % {"n": told["total"]["rows"], "d": told["total"]["bads"]}
    return Section("discrimination", _("区分度"), formula, counted, "known", tables, (), plots)


def _told_row(name: str, each: Mapping[str, Any]) -> list[str]:
    return [
        name, str(each["rows"]), str(each["bads"]), figure(each["auc"]),
        _between(each.get("auc_low"), each.get("auc_high")), figure(each.get("gini")), figure(each.get("ks")),
    ]  # fmt: skip


def _calibration(report: Report, method: Method) -> Section:
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
                f"{figure(overall['slope'])}（{_between(overall['slope_low'], overall['slope_high'])}）",
            ),
            (_("校准截距"), figure(overall["intercept"])),
            (_("斜率固定为 1 时的截距"), figure(overall["at_large"])),
            (_("使平均预测等于实际的移动"), figure(overall["shift_to_observed"])),
            ("Brier", figure(overall["brier"], 4)),
            (_("Brier 技巧分（对只报总体违约率）"), figure(overall["brier_skill"])),
            (
                "Hosmer-Lemeshow",
                f"{overall['hosmer_lemeshow']['statistic']:.1f}（{_('自由度')} {overall['hosmer_lemeshow']['freedom']}），"
                f"p {p_text(overall['hosmer_lemeshow']['p'])}",
            ),
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
    plots = [calibration_plot(told["grades"], method.jeffreys_red, words)] if told["rows"] else []
    notes = [told["why"]] if "why" in told else []
    return Section("calibration", _("校准"), formula, counted, "known", tables, (), plots, notes)


def _stability(report: Report, method: Method) -> Section:
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
            plots.append(stability_plot(told["over_time"], method.psi_amber, method.psi_red, words))
    else:
        notes.append(_("没有开发样本，PSI、CSI 不适用。"))
    csi = [[name, str(e["rows_then"]), str(e["rows"]), figure(e["value"])] for name, e in told["csi"].items()]
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
        plots.append(migration_plot(names, matrix, words))
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


def _losses(report: Report) -> Section:
    rows = [
        [
            e["kind"], str(e["rows"]), percent(e["assumed"]), percent(e["realised"]),
            DASH if e["low"] is None else f"{e['low']:.1%}—{e['high']:.1%}",
        ]
        for e in report["losses"]
    ]  # fmt: skip
    headings = [_("权利种类"), _("违约笔数"), _("参数"), _("实际损失率"), _("95%区间")]
    formula = _("实际损失率＝（违约时敞口－扣除费用后的回收）÷ 违约时敞口，按笔平均；区间按 t 分布")
    notes = [] if rows else [_("没有已结清的违约，实际损失率不适用。")]
    return Section(
        "losses", _("违约损失率"), formula, "", "bad", [Table(headings, rows)] if rows else [], notes=notes
    )


def _lines(report: Report) -> Section:
    told = report["lines"]
    if not told or not told["total"]["rows"]:
        return Section("lines", _("额度与预期损失"), notes=[_("没有放款，不适用。")])
    rows = [
        [
            e["grade"] or _("合计"), str(e["rows"]), _yuan(e["granted_fen"]), _yuan(e["drawn_fen"]), percent(e["use"]),
            _yuan(e["planned_fen"]), _yuan(e["lost_fen"]),
        ]
        for e in [*told["grades"], told["total"]]
    ]  # fmt: skip
    headings = [
        _("等级"), _("放款"), _("授信额度（元）"), _("已用（元）"), _("使用率"), _("预期损失（元）"), _("实际损失（元）"),
    ]  # fmt: skip
    formula = _("使用率＝已用 ÷ 授信额度；预期损失＝Σ PD×LGD×敞口，每笔四舍五入到分，只计结果已知的")
    return Section("lines", _("额度与预期损失"), formula, "", "booked", [Table(headings, rows, total=True)])


def _yuan(fen: int) -> str:
    return yuan_text(fen, grouped=True)


def _fairness(report: Report, method: Method) -> Section:
    tables = []
    for name, levels in report["fairness"].items():
        rows = [
            [
                e["level"], str(e["rows"]), percent(e["approval"]), figure(e["approval_ratio"], 2),
                figure(e["mean_score"], 1), str(e["outcome_known"]),
                DASH if e["outcome_minus_pd"] is None else f"{e['outcome_minus_pd']:+.2%}",
                DASH if e["outcome_minus_pd"] is None else _("是") if e["by_chance"] else _("否"),
            ]
            for e in levels
        ]  # fmt: skip
        headings = [
            _("组别"), _("户次"), _("通过率"), _("与最高组之比"), _("平均分"), _("结果已知"), _("实际－预测"),
            _("误差之内"),
        ]  # fmt: skip
        tables.append(Table(headings, rows, caption=name))
    formula = _(
        "通过率之比不低于 %(ratio)s；实际违约率减平均预测违约率不超过 %(gap)s，超过的须说明原因；"
        "“误差之内”指预测落在实际违约率的 95%% Jeffreys 区间内。地区、年限只用于监测，不计分"
    ) % {"ratio": f"{method.fair_ratio:g}", "gap": percent(method.fair_difference, 0)}
    return Section("fairness", _("公平性"), formula, "", "all", tables)


def _reasons(report: Report) -> Section:
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
    plots = [
        bars_plot([(e["reason"], e["rows"] / rows) for e in told["counts"][:10]], {"title": _("告知的原因")})
    ]
    formula = _("每户告知失分最重的四项；重合度＝前后两次四项的交集 ÷ 并集（Jaccard），按户平均")
    notes = [] if told["disputes"] else [_("本期没有已答复的异议。")]
    return Section("reasons", _("原因与异议"), formula, "", "all", tables, (), plots if counts else [], notes)


def _benchmark(report: Report) -> Section:
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
    headings = [_("对照"), "AUC", _("差"), _("标准误")]
    formula = _(
        "开发样本的差＝本期－开发；挑战者的差＝挑战者－本模型，同一批户次配对检验；公开数据的参照只看方法"
    )
    notes = [] if challenger else [_("没有挑战者对全部户次评过分，不比较。")]
    return Section("benchmark", _("对照"), formula, "", "known", [Table(headings, rows)], notes=notes)


def _sensitivity(report: Report, method: Method) -> Section:
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
    without = [row(_("去掉%(g)s") % {"g": e["group"]}, e) for e in told["without"]]
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
        Table([_("指标"), *both], points, caption=_("一项指标的分值")),
    ]
    return Section("sensitivity", _("敏感性"), formula, counted, "all", tables)


def _limits(report: Report) -> Section:
    return Section("limits", _("局限"), notes=list(report["limits"]))
