"""The forms a bank fills in: filing of pledge loans, and the monthly return. Columns, lists and rules
together.

The lists map the words of the form to the codes that the domain stores. Amounts are fen in the values.
"""

from finance.intake import rules
from finance.intake.identifiers import CreditCode, right_number
from kernel.sheets.columns import Column, Form
from kernel.sheets.figures import Amount, Day, Month, Percent
from kernel.sheets.grammars import Choice, Code, Listed, Text, YesNo

REPAYMENTS = {
    "利随本清": "bullet",
    "按月付息到期还本": "monthly_interest",
    "按季付息到期还本": "quarterly_interest",
    "等额本息": "equal_instalment",
    "等额本金": "equal_principal",
}
SECURITIES = {
    "质押": "pledge",
    "质押+保证": "pledge_guarantee",
    "质押+抵押": "pledge_mortgage",
    "质押+保险": "pledge_insurance",
}
GRADES = {
    "正常": "normal",
    "关注": "special_mention",
    "次级": "substandard",
    "可疑": "doubtful",
    "损失": "loss",
}

_REPAYMENT = Choice(
    tuple(REPAYMENTS),
    {
        "一次性还本付息": "利随本清",
        "到期一次还本付息": "利随本清",
        "按月付息、到期还本": "按月付息到期还本",
        "按月付息，到期还本": "按月付息到期还本",
        "按季付息、到期还本": "按季付息到期还本",
        "按季付息，到期还本": "按季付息到期还本",
    },
)
_SECURITY = Choice(
    tuple(SECURITIES),
    {
        "知识产权质押": "质押",
        "质押、保证": "质押+保证",
        "质押/保证": "质押+保证",
        "质押保证": "质押+保证",
        "保证+质押": "质押+保证",
        "抵押+质押": "质押+抵押",
        "质押、抵押": "质押+抵押",
        "质押、保险": "质押+保险",
    },
)
_PLEDGE_KIND = Choice(
    (*rules.RIGHT_KINDS, rules.MIXED),
    {
        "专利权": "专利",
        "发明专利": "专利",
        "实用新型": "专利",
        "商标权": "商标",
        "注册商标专用权": "商标",
        "版权": "著作权",
        "软件著作权": "著作权",
        "布图设计": "集成电路布图设计",
        "专利+商标": "混合",
        "专利、商标": "混合",
        "组合": "混合",
    },
)

LOAN_COLUMNS = (
    Column(
        "bank_loan_no",
        "银行贷款编号",
        Code("请填写本行核心系统的贷款编号", longest=60),
        required=True,
        aliases=("贷款编号", "借据号", "借据编号"),
        example="YC700001",
        help="本行唯一；同一编号再次报送视为变更",
    ),
    Column(
        "borrower_name",
        "企业名称",
        Text(120),
        required=True,
        aliases=("借款企业", "借款人", "借款人名称"),
        example="重庆渝州科技有限公司",
        help="营业执照上的全称",
        width=30,
    ),
    Column(
        "credit_code",
        "统一社会信用代码",
        CreditCode(),
        required=True,
        aliases=("信用代码", "社会信用代码"),
        example="91110108551385082Q",
        help="18 位，单元格请用文本格式",
        article="GB 32100-2015",
        width=22,
    ),
    Column(
        "contract_no",
        "贷款合同编号",
        Text(80),
        required=True,
        aliases=("借款合同编号", "合同编号"),
        example="渝银借〔2026〕0001号",
        width=24,
    ),
    Column(
        "signed_on",
        "合同签订日",
        Day(),
        required=True,
        aliases=("签订日期", "合同签订日期"),
        example="2026-06-19",
    ),
    Column(
        "disbursed_on",
        "放款日",
        Day(),
        required=True,
        aliases=("放款日期", "发放日期", "贷款发放日"),
        example="2026-06-21",
    ),
    Column(
        "due_on", "到期日", Day(), required=True, aliases=("到期日期", "贷款到期日"), example="2027-06-16"
    ),
    Column(
        "principal_fen",
        "贷款金额（万元）",
        required=True,
        units={"万元": Amount("万元"), "元": Amount("元")},
        aliases=("贷款本金", "放款金额"),
        example="500.0000",
        help="表头单位是万元；若按元填写，请把表头改为“贷款金额（元）”",
        width=18,
    ),
    Column(
        "annual_rate_percent",
        "年利率（%）",
        Percent(),
        required=True,
        aliases=("贷款利率", "执行利率"),
        example="3.85",
        help="3.85% 填 3.85",
    ),
    Column("repayment", "还款方式", _REPAYMENT, required=True, example="按月付息到期还本", width=20),
    Column(
        "day_count_basis",
        "计息基础",
        Choice(("360", "365"), {"实际/360": "360", "实际/365": "365", "360天": "360", "365天": "365"}),
        required=True,
        example="360",
        help="一年按 360 天还是 365 天计息",
    ),
    Column("pledge_kind", "质押类型", _PLEDGE_KIND, required=True, aliases=("知识产权类型",), example="专利"),
    Column(
        "right_numbers",
        "权利编号",
        Listed(right_number),
        required=True,
        aliases=("专利号", "知识产权编号", "权利号"),
        example="ZL201710601862.3",
        help="多个编号之间用“；”分隔",
        article="ZC 0006-2003",
        width=28,
    ),
    Column(
        "pledge_number",
        "质押登记号",
        Code("请填写质押登记通知书上的登记号", longest=40),
        required=True,
        example="Y2026980000001",
        width=20,
    ),
    Column(
        "pledge_registered_on",
        "质押登记日",
        Day(),
        required=True,
        aliases=("登记日期", "质押登记日期"),
        example="2026-06-19",
        help="质权自登记时设立",
        article="民法典第四百四十四条",
    ),
    Column(
        "ip_share_percent",
        "知识产权质押占比（%）",
        Percent(),
        required=True,
        aliases=("质押占比",),
        example="60",
        help="知识产权质押对应的贷款份额，大于 0、不超过 100",
        width=20,
    ),
    Column("evaluation_free", "是否免评估", YesNo(), required=True, example="是"),
    Column("security", "担保方式", _SECURITY, required=True, example="质押+保证"),
    Column(
        "guarantor_name",
        "担保机构",
        Text(120),
        aliases=("担保公司", "保证人"),
        example="重庆市小微企业融资担保有限公司",
        help="担保方式含“保证”时必填",
        width=30,
    ),
    Column("purpose", "贷款用途", Text(60), required=True, example="流动资金"),
    Column("first_loan", "是否首贷", YesNo(), required=True, aliases=("首贷",), example="否"),
    Column("district", "所属区县", Text(40), required=True, aliases=("区县", "所在区县"), example="渝中区"),
)

LOAN_FILING = Form(
    act="loans",
    title="质押贷款备案",
    version=3,
    columns=LOAN_COLUMNS,
    identity=("bank_loan_no",),
    row_rules=(
        rules.plausible_amount,
        rules.plausible_points,
        rules.days_in_order,
        rules.pledge_before_loan,
        rules.guarantor_named,
        rules.rights_fit_kind,
    ),
    across_rules=(rules.loan_number_once, rules.right_under_one_loan),
    notes=(
        "一行一笔贷款。",
        "从示例行的下一行开始填写；以“示例”开头的行不读入。",
        "可以增加自己的列，系统不读入，但会在退回的文件里保留。",
    ),
    total="principal_fen",
)

RETURN_COLUMNS = (
    Column(
        "bank_loan_no",
        "银行贷款编号",
        Code("请填写备案时的贷款编号", longest=60),
        required=True,
        aliases=("贷款编号", "借据号", "借据编号"),
        example="YC700001",
    ),
    Column(
        "period",
        "报告期",
        Month(),
        required=True,
        aliases=("报告月份", "月份"),
        example="2026-11",
        help="YYYY-MM",
    ),
    Column(
        "balance_fen",
        "贷款余额（元）",
        required=True,
        units={"元": Amount("元", zero=True), "万元": Amount("万元", zero=True)},
        aliases=("本金余额",),
        example="5000000.00",
        help="期末本金余额，单位是元；已结清填 0",
        width=20,
    ),
    Column(
        "overdue_since",
        "逾期起始日",
        Day(),
        aliases=("逾期日期", "逾期开始日"),
        example="",
        help="没有逾期的留空",
    ),
    Column(
        "interest_paid_fen",
        "本期已付利息（元）",
        required=True,
        units={"元": Amount("元", zero=True), "万元": Amount("万元", zero=True)},
        aliases=("已付利息", "本期实付利息"),
        example="16041.67",
        help="本报告期内企业实际付清的利息，没有填 0",
        width=22,
    ),
    Column(
        "grade",
        "五级分类",
        Choice(
            tuple(GRADES),
            {"正常类": "正常", "关注类": "关注", "次级类": "次级", "可疑类": "可疑", "损失类": "损失"},
        ),
        required=True,
        aliases=("风险分类",),
        example="正常",
    ),
    Column("note", "备注", Text(200), example="", width=30),
    Column(
        "settled_on",
        "结清日期",
        Day(),
        aliases=("结清日", "还清日期", "贷款结清日期"),
        example="",
        help="余额为 0 的填写还清本息的日期，用于贴息测算；未结清的留空",
    ),
)

MONTHLY_RETURN = Form(
    act="returns",
    title="贷后月报",
    version=1,
    columns=RETURN_COLUMNS,
    identity=("bank_loan_no", "period"),
    row_rules=(rules.return_in_time, rules.settled_in_time, rules.return_fits_loan, rules.grade_fits_overdue),
    across_rules=(rules.return_once,),
    notes=("一行一笔在贷贷款；模板里已列出本行尚未结清的贷款，请逐行补全。", "以“示例”开头的行不读入。"),
    total="balance_fen",
)
