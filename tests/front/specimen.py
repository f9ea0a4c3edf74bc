"""Made-up content for the style guide (templates/portal/styleguide.html): every component once."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from django import forms
from django.core.paginator import Paginator

from kernel.errors import Problem

WAN = 1_000_000


class SpecimenForm(forms.Form):
    enterprise = forms.CharField(label="借款企业", help_text="营业执照上的全称")
    amount = forms.CharField(label="贷款金额（万元）")
    grade = forms.ChoiceField(
        label="五级分类", choices=[("normal", "正常"), ("loss", "损失")], required=False
    )
    agreed = forms.BooleanField(label="已核对质押登记证明")


def styleguide_context() -> dict[str, Any]:
    form = SpecimenForm({"enterprise": "苏州堃喆科技有限公司", "amount": "一百八十三"})
    form.add_error("amount", "“一百八十三”不是规范的金额。以万元填写，最多4位小数，例如 183.0000")
    return {
        "menu": [
            {"title": "池况", "url": "/", "active": True, "group": "资金池"},
            {"title": "入池贷款", "url": "/loans/"},
            {"title": "补偿申请", "url": "/claims/", "count": 7},
            {"title": "追偿回款", "url": "/recoveries/"},
            {"title": "政策方案", "url": "/schemes/", "group": "依据"},
            {"title": "文书", "url": "/documents/"},
        ],
        "viewer": {
            "organisation": {"name": "济宁市财政局"},
            "get_role_display": "经办",
            "account": {"person": {"name": "王经办"}},
        },
        "breadcrumbs": [{"title": "首页", "url": "/"}, {"title": "济宁市路带贷资金池", "url": "#"}],
        "demonstration": True,
        "notices": [
            {
                "tone": "warning",
                "text": "12 家银行中 11 家已报送本月数据；1 家迟 2 天。",
                "url": "#",
                "action": "查看",
            }
        ],
        "as_of": date(2026, 11, 20),
        "known_on": datetime(2026, 11, 20, 7, 40, tzinfo=UTC),
        "freshness": "与托管银行对账单一致，差额 0.00 元",
        "stats": [
            {"title": "现金余额", "figure": "18,300.00", "unit": "万元", "note": "今晨对账单", "url": "#"},
            {"title": "已预留", "figure": "1,240.00", "unit": "万元", "url": "#"},
            {
                "title": "在池敞口",
                "figure": "12.63",
                "unit": "亿元",
                "url": "#",
                "tone": "near",
                "word": "接近上限",
            },
            {
                "title": "可用",
                "figure": "17,060.00",
                "unit": "万元",
                "url": "#",
                "tone": "good",
                "word": "充足",
            },
        ],
        "sources": [
            {"name": "市级资金", "cash": 12000 * WAN, "reserved": 800 * WAN, "free": 11200 * WAN},
            {"name": "任城区资金", "cash": 6300 * WAN, "reserved": 440 * WAN, "free": 5860 * WAN},
        ],
        "parts": [("可用", 17060 * WAN), ("已预留", 1240 * WAN)],
        "bars": [("济宁银行", 61728394), ("重庆银行", 37037037), ("调整", -2469135)],
        "claims": [
            {
                "number": "BC-2026-0041",
                "enterprise": "苏州堃喆科技有限公司",
                "amount": 123456789,
                "day": date(2026, 11, 2),
                "label": "待审核",
                "status": "pending",
                "row": "zr-row-near",
            },
            {
                "number": "BC-2026-0040",
                "enterprise": "重庆𠮷龘新材料股份有限公司渝中分公司",
                "amount": 300000000,
                "day": date(2026, 10, 9),
                "label": "已付款",
                "status": "paid",
            },
            {
                "number": "BC-2026-0039",
                "enterprise": "济宁华芯科技有限公司",
                "amount": 5,
                "day": date(2026, 9, 30),
                "label": "不予补偿",
                "status": "refused",
                "row": "zr-row-bad",
            },
        ],
        "page": Paginator(range(75), 25).page(2),
        "limits": [
            {"label": "放大倍数", "used": 790 * WAN, "limit": 1000 * WAN, "note": "约 2027年3月 到达"},
            {"label": "济宁银行额度", "used": 300 * WAN, "limit": 1000 * WAN, "note": ""},
            {"label": "单户上限", "used": 520 * WAN, "limit": 500 * WAN, "note": "需书面说明"},
        ],
        "near": Fraction(3, 4),
        "events": [
            {
                "at": datetime(2026, 11, 20, 7, 40, tzinfo=UTC),
                "title": "补正材料",
                "who": "济宁银行 李复核",
                "note": "补交放款凭证",
            },
            {"at": datetime(2026, 11, 10, 2, 0, tzinfo=UTC), "title": "退回", "who": "王经办", "tone": "bad"},
        ],
        "steps": [
            {"title": "上传", "state": "done", "note": "11-20 15:40"},
            {"title": "核对", "state": "current", "note": "9 行待改"},
            {"title": "复核提交", "state": "todo"},
            {"title": "回执", "state": "todo"},
        ],
        "problems": [
            Problem("第17行 到期日", "2024-02-30 不是有效日期", "请按 YYYY-MM-DD 填写"),
            Problem(
                "第21行 统一社会信用代码", "校验位应为 1，填写为 M", "请对照营业执照核对", level="warning"
            ),
        ],
        "terms": [
            ("银行编号", "DK-2026-000123"),
            ("本金", "183.00 万元", "人民币壹佰捌拾叁万元整"),
            ("起止", "2026-01-05 至 2027-01-05"),
            ("质押", "发明专利 ZL202110123456.7"),
        ],
        "form": form,
    }
