"""What the pages need to know of each kind of approval: its name, who decides, how its basis is shown.

A room that registers an executor (`kernel.work.approvals.executes`) has its kind here; a test holds both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from .doors import DECIDERS, seats

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from finance.parties.models import Membership

BANK = seats("bank.checker")
SIGNATURES = seats("finance_bureau.approver", "fund_manager.approver")


@dataclass(frozen=True)
class ApprovalKind:
    """`template` shows the basis (it gets `approval`); `password_again` marks money and payees: step-up on approval;
    `of_the_day`: what is done is dated by the day of the decision, which the page says."""

    title: str | _StrPromise
    deciders: frozenset[str]
    template: str = "portal/approval_basis.html"
    password_again: bool = False
    of_the_day: bool = False


KINDS: dict[str, ApprovalKind] = {
    "parties.change_payee": ApprovalKind(
        _("收款账户变更"), DECIDERS, "parties/payee_basis.html", password_again=True
    ),
    "intake.enter": ApprovalKind(_("报送文件入库"), BANK, "intake/basis.html"),
    "pools.contribute": ApprovalKind(
        _("出资到账登记"), SIGNATURES, "pools/contribution_basis.html", password_again=True
    ),
    "pools.state_balance": ApprovalKind(
        _("对账单更正"), SIGNATURES, "pools/statement_basis.html", password_again=True
    ),
    "pools.sign_agreement": ApprovalKind(_("合作协议生效"), SIGNATURES, "pools/agreement_basis.html"),
    "pools.adopt_scheme": ApprovalKind(_("协议采用另一版本"), SIGNATURES, "pools/adoption_basis.html"),
    "policies.publish": ApprovalKind(
        _("政策发布"), seats("finance_bureau.approver"), "policies/publication_basis.html"
    ),
    "pools.set_limit": ApprovalKind(_("限额设定"), SIGNATURES, "pools/limit_basis.html"),
    "pools.state_fact": ApprovalKind(
        _("事实陈述"), BANK | seats("finance_bureau.approver"), "pools/fact_basis.html"
    ),
    "claims.pay": ApprovalKind(
        _("补偿款支付"), SIGNATURES, "claims/payment_basis.html", password_again=True, of_the_day=True
    ),
    "claims.pay_again": ApprovalKind(
        _("失败款项重付"), SIGNATURES, "treasury/pay_again_basis.html", password_again=True, of_the_day=True
    ),
    "treasury.release": ApprovalKind(
        _("付款批次放行"), SIGNATURES, "treasury/release_basis.html", password_again=True, of_the_day=True
    ),
    "treasury.enter_return": ApprovalKind(
        _("付款回盘入账"), SIGNATURES, "treasury/return_basis.html", password_again=True
    ),
    "treasury.take_back": ApprovalKind(
        _("付款撤回或退票"), SIGNATURES, "treasury/basis.html", password_again=True
    ),
    "treasury.enter_statement": ApprovalKind(
        _("逐笔对账单入账"), SIGNATURES, "treasury/statement_basis.html", password_again=True
    ),
    "treasury.match": ApprovalKind(_("对账单行匹配"), SIGNATURES, "treasury/basis.html", password_again=True),
    "treasury.explain": ApprovalKind(
        _("对账单行解释"), SIGNATURES, "treasury/basis.html", password_again=True
    ),
    "treasury.interest": ApprovalKind(
        _("专户结息登记"), SIGNATURES, "treasury/basis.html", password_again=True
    ),
    "treasury.withdraw": ApprovalKind(
        _("出资方收回"), SIGNATURES, "treasury/basis.html", password_again=True, of_the_day=True
    ),
    "treasury.call": ApprovalKind(_("补充出资通知"), SIGNATURES, "treasury/call_basis.html", of_the_day=True),
    "claims.refuse": ApprovalKind(_("不予补偿（解除预留）"), SIGNATURES, "claims/refusal_basis.html"),
    "claims.take_back": ApprovalKind(
        _("退回重审（解除预留）"), SIGNATURES, "claims/taking_back_basis.html", of_the_day=True
    ),
    "claims.settle": ApprovalKind(
        _("补偿结算"), SIGNATURES, "claims/payment_basis.html", password_again=True, of_the_day=True
    ),
    "claims.settle_year": ApprovalKind(
        _("年度结算"), SIGNATURES, "claims/year_basis.html", password_again=True, of_the_day=True
    ),
    "claims.clawback": ApprovalKind(
        _("追回补偿款"), SIGNATURES, "claims/clawback_basis.html", password_again=True, of_the_day=True
    ),
    "claims.arrival": ApprovalKind(
        _("银行退回款到账"), SIGNATURES, "claims/arrival_basis.html", password_again=True
    ),
    "claims.recover": ApprovalKind(
        _("追偿到账与返还"), SIGNATURES, "claims/recovery_basis.html", password_again=True
    ),
    "whitelists.approve": ApprovalKind(
        _("白名单定稿"),
        seats("finance_bureau.approver", "ip_bureau.clerk"),
        "whitelists/approval_basis.html",
        of_the_day=True,
    ),
    "pledges.feed": ApprovalKind(_("登记机构办理结果"), seats("ip_bureau.clerk"), "pledges/feed_basis.html"),
    "pledges.mode": ApprovalKind(_("登记规则改为强制或提示"), seats("finance_bureau.approver")),
    "subsidies.publish": ApprovalKind(
        _("补贴名单公示"), seats("finance_bureau.approver"), "subsidies/plan_basis.html", of_the_day=True
    ),
    "subsidies.award": ApprovalKind(
        _("补贴核定"),
        seats("finance_bureau.approver"),
        "subsidies/plan_basis.html",
        password_again=True,
        of_the_day=True,
    ),
    "subsidies.pay": ApprovalKind(
        _("补贴付款文件放行"),
        seats("finance_bureau.approver"),
        "subsidies/payment_basis.html",
        password_again=True,
        of_the_day=True,
    ),
    "subsidies.returned": ApprovalKind(
        _("补贴退票"), seats("finance_bureau.approver"), password_again=True, of_the_day=True
    ),
    "subsidies.claw_back": ApprovalKind(
        _("追回补贴"),
        seats("finance_bureau.approver"),
        "subsidies/claw_back_basis.html",
        password_again=True,
        of_the_day=True,
    ),
    "scores.override": ApprovalKind(_("调整评分等级"), BANK, "scores/override_basis.html", of_the_day=True),
    "cards.parameters": ApprovalKind(
        _("评分卡机构参数"), BANK, "cards/parameters_basis.html", of_the_day=True
    ),
    "facilities.open": ApprovalKind(
        _("开立集体授信"), BANK, "facilities/facility_basis.html", of_the_day=True
    ),
    "facilities.raise": ApprovalKind(
        _("调增集体授信"), BANK, "facilities/facility_basis.html", of_the_day=True
    ),
    "facilities.close": ApprovalKind(
        _("关闭集体授信"), BANK, "facilities/facility_basis.html", of_the_day=True
    ),
    "facilities.grant": ApprovalKind(
        _("集体授信成员额度"), BANK, "facilities/member_basis.html", of_the_day=True
    ),
    "volumes.award": ApprovalKind(
        _("放款量补贴核定"),
        seats("finance_bureau.approver"),
        "volumes/award_basis.html",
        password_again=True,
        of_the_day=True,
    ),
    "volumes.take_back": ApprovalKind(
        _("收回放款量补贴核定"),
        seats("finance_bureau.approver"),
        "volumes/taking_back_basis.html",
        password_again=True,
        of_the_day=True,
    ),
}


def kind_of(kind: str) -> ApprovalKind:
    """How a kind is shown; one that nobody has described is shown plainly and decided by nobody here."""
    return KINDS.get(kind, ApprovalKind(kind, frozenset()))


def decided_by(viewer: Membership) -> list[str]:
    """The kinds that the viewer's seat decides."""
    return [name for name, kind in KINDS.items() if viewer.seat in kind.deciders]
