"""Of whom the report speaks: head, findings, flow, definition of default, quality of the inputs, each indicator alone."""

from __future__ import annotations

from django.utils.translation import gettext as _

from valuation.validation.sections.shape import (
    DASH,
    Report,
    Section,
    Table,
    between,
    by_card,
    figure,
    percent,
)
from valuation.validation.wording import report_words


def head(report: Report) -> Section:
    stated = report["head"]
    named = [
        (_("用途"), stated.get("purpose")), (_("适用范围"), stated.get("scope")), (_("模型所有者"), stated.get("owner")),
        (_("模型版本"), report["version"]), (_("版本摘要"), stated.get("digest")), (_("样本摘要"), stated.get("sample")),
        (_("方法摘要"), stated.get("method")), (_("参数"), stated.get("parameters")),
        (_("开发样本"), stated.get("development")),
    ]  # fmt: skip
    tables = [
        Table(["", ""], [[name, str(value)] for name, value in named if value], all_words=True, kind="terms")
    ]
    changes = stated.get("changes") or []
    if changes:
        tables.append(Table([_("日期"), _("变更")], changes, all_words=True, caption=_("变更记录")))
    notes = [] if changes else [_("截至制作时没有启用或退回过模型。")]
    return Section("head", _("用途、范围与版本"), tables=tables, notes=notes)


def findings(report: Report) -> Section:
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


def flow(report: Report) -> Section:
    population = report["population"]
    words = {
        "申请": _("申请"), "门槛拦下": _("门槛拦下"), "资料太少不评分": _("资料太少不评分"), "评分": _("评分"),
        "其中暂定": _("其中暂定"), "获批": _("获批"), "放款": _("放款"), "结果已知": _("结果已知"), "违约": _("违约"),
    }  # fmt: skip
    # A kept report comes back with its keys in the database's order; the steps are told in the order they happen.
    steps = [
        [word, str(population["flow"][name])] for name, word in words.items() if name in population["flow"]
    ]
    flow = Table([_("环节"), _("户次")], steps)
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


def definition(report: Report) -> Section:
    stated = report["definition"]
    rows = (
        [
            [_("违约"), _("放款后逾期 %(days)d 天及以上，或五级分类为%(grades)s")
             % {"days": stated["overdue_days"], "grades": _("、").join(report_words(one) for one in stated["grades"])}],
            [_("观察期"), _("自放款之日起 %(months)d 个月；期满未违约计为好，期未满且未违约计为未知")
             % {"months": stated["window_months"]}],
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


def quality(report: Report) -> Section:
    rows = []
    for name, counts in by_card(report, report["absences"]):
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


def univariate(report: Report) -> Section:
    signs = {
        "as_expected": _("与预期一致"), "against": _("与预期相反"), "unclear": _("分不清"), "unknown": _("样本不足"),
    }  # fmt: skip
    whole = [
        [
            each["title"], figure(each["iv"]), figure(each["auc"]),
            between(each.get("auc_low"), each.get("auc_high")), signs[each["sign"]],
            _("单调") if not each["breaks"] else _("%(n)d 处颠倒，其中显著 %(s)d 处")
            % {"n": len(each["breaks"]), "s": sum(one["sure"] for one in each["breaks"])},
        ]
        for each in report["univariate"]
    ]  # fmt: skip
    tables = [Table([_("指标"), "IV", "AUC", _("95%区间"), _("方向"), _("单调性")], whole)]
    details = []
    for each in report["univariate"]:
        bins = [
            [
                one["label"], f"{one['points']:g}", str(one["rows"]), str(one["bads"]), percent(one["bad_rate"]),
                figure(one["woe"]),
            ]
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
