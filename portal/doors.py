"""The permission table: every address of the product by its URL name, and who may pass.

What has no row is closed to everybody; `portal.middleware` asks here before any view runs, DRF's default permission too.
A room that adds an address adds its row; tests/walls holds table and URLconf against each other. Whose rows somebody
sees behind a door is the query's business (`viewer`), not this table's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission

from finance.parties.seats import SEATS

if TYPE_CHECKING:
    from finance.parties.models import Membership

Who = str | frozenset[str]

PUBLIC: Who = "public"  # anybody, without log-in
SIGNED_IN: Who = "signed_in"  # any account, also one without a role
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def seats(*patterns: str) -> frozenset[str]:
    """The seats named, `bank.*` meaning every role of a bank.

    >>> sorted(seats("bank.*", "auditor.auditor"))
    ['auditor.auditor', 'bank.checker', 'bank.maker']
    """
    chosen: set[str] = set()
    for pattern in patterns:
        kind, _, role = pattern.partition(".")
        matching = {
            seat for seat in SEATS if seat == pattern or (role == "*" and seat.startswith(f"{kind}."))
        }
        assert matching, f"no seat {pattern}"
        chosen |= matching
    return frozenset(chosen)


@dataclass(frozen=True)
class Door:
    """Who may read, and who may send; `write=None` lets nobody send."""

    read: Who | None
    write: Who | None = None

    def lets(self, method: str, *, signed_in: bool, viewer: Membership | None) -> bool:
        """Whether somebody passes with this method."""
        who = self.read if method in SAFE_METHODS else self.write
        if who == PUBLIC:
            return True
        if who == SIGNED_IN:
            return signed_in
        return viewer is not None and isinstance(who, frozenset) and viewer.seat in who


def reads(who: Who) -> Door:
    """A page that is only looked at."""
    return Door(read=who)


def sends(who: Who) -> Door:
    """An address that only takes a form."""
    return Door(read=None, write=who)


def both(who: Who, write: Who | None = None) -> Door:
    """A page with a form on it; `write` narrows who may send it."""
    return Door(read=who, write=write or who)


CLOSED = Door(read=None)
EVERYBODY = SEATS
OF_SUBSIDIES = seats("finance_bureau.*", "auditor.*", "ip_bureau.*", "enterprise.*")
DECIDERS = seats(
    *("bank.checker", "finance_bureau.approver", "fund_manager.approver", "enterprise.owner"),
    *("guarantor.officer", "insurer.officer", "ip_bureau.clerk"),
)
AT_A_POOL = seats("finance_bureau.*", "fund_manager.*", "auditor.auditor")
PREPARERS = seats("finance_bureau.officer", "fund_manager.officer")
OF_CLAIMS = AT_A_POOL | seats("bank.*", "guarantor.officer")
PLEDGE_PARTIES = seats("bank.*", "enterprise.owner")
OF_FILES = PLEDGE_PARTIES | seats("ip_bureau.clerk")
OF_LOANS = OF_CLAIMS | seats("enterprise.owner")
COUNTERS = seats("finance_bureau.*", "ip_bureau.clerk", "auditor.auditor")
BUREAUS = seats("finance_bureau.*", "ip_bureau.clerk")
CREDIT_RECORDERS = seats("finance_bureau.officer", "ip_bureau.clerk")
LISTERS = seats("finance_bureau.officer", "ip_bureau.clerk")
AT_A_CALL = seats("finance_bureau.*", "enterprise.owner", "auditor.auditor")
PAID_SUBSIDIES = AT_A_CALL | seats("bank.*", "guarantor.officer", "insurer.officer", "fund_manager.*")
SCORED = seats("bank.*", "enterprise.owner")
STATERS = seats("bank.maker", "enterprise.owner", "ip_bureau.clerk", "finance_bureau.officer")
ASKERS = seats(
    *(
        "bank.*",
        "finance_bureau.*",
        "fund_manager.*",
        "enterprise.owner",
        "guarantor.officer",
        "insurer.officer",
        "ip_bureau.clerk",
    )
)

DOORS: dict[str, Door] = {
    # for machines
    "healthz": reads(PUBLIC),
    "readyz": reads(PUBLIC),
    # log-in (allauth): its own pages ask for the account themselves where they need one
    "account_login": both(PUBLIC),
    "account_inactive": reads(PUBLIC),
    "account_logout": both(SIGNED_IN),
    "account_reauthenticate": both(SIGNED_IN),
    "account_change_password": both(SIGNED_IN),
    "account_set_password": both(SIGNED_IN),
    "mfa_index": reads(SIGNED_IN),
    "mfa_authenticate": both(PUBLIC),
    "mfa_reauthenticate": both(SIGNED_IN),
    "mfa_activate_totp": both(SIGNED_IN),
    "mfa_deactivate_totp": both(SIGNED_IN),
    "mfa_view_recovery_codes": reads(SIGNED_IN),
    "mfa_generate_recovery_codes": both(SIGNED_IN),
    "mfa_download_recovery_codes": reads(SIGNED_IN),
    # nobody signs himself up; addresses, mail and resets by mail are not used: closed, as if they were not there
    **dict.fromkeys(
        (
            *("account_signup", "account_email", "account_email_verification_sent", "account_confirm_email"),
            *("account_reset_password", "account_reset_password_done", "account_confirm_login_code"),
            *("account_reset_password_from_key", "account_reset_password_from_key_done"),
        ),
        CLOSED,
    ),
    # portal
    "set_language": sends(PUBLIC),
    "home": reads(PUBLIC),
    "verify_document": both(PUBLIC),
    "verify_code": reads(PUBLIC),
    "memberships": reads(SIGNED_IN),
    "choose_membership": sends(SIGNED_IN),
    "inbox": reads(EVERYBODY),
    "inbox_count": reads(EVERYBODY),
    "approval": reads(EVERYBODY),
    "approve": sends(DECIDERS),
    "decline": sends(DECIDERS),
    "withdraw": sends(ASKERS),
    "jobs": reads(EVERYBODY),
    "job": reads(EVERYBODY),
    "document": reads(EVERYBODY),
    "pool_position": reads(AT_A_POOL),
    "issue_position": sends(seats("finance_bureau.*", "fund_manager.*")),
    "indicators": reads(AT_A_POOL | seats("bank.*")),
    "pool_indicators": reads(AT_A_POOL | seats("bank.*")),
    "indicators_workbook": reads(AT_A_POOL | seats("bank.*")),
    "indicator_rows": reads(AT_A_POOL | seats("bank.*")),
    "issue_indicators": sends(seats("finance_bureau.*", "fund_manager.*")),
    "pool_bridge": reads(AT_A_POOL),
    "bridge_rows": reads(AT_A_POOL),
    "pledge_statistics": reads(COUNTERS),
    "pledge_statistics_workbook": reads(COUNTERS),
    "issue_pledge_statistics": sends(COUNTERS - seats("auditor.auditor")),
    "pledge_windows": reads(PUBLIC),
    "targets": reads(BUREAUS),
    # finance.subsidies.guest: what a firm would get, without log-in; an owner takes his answers over afterwards
    "calculator": both(PUBLIC),
    "calculator_answers": reads(PUBLIC),
    "calculator_policies": reads(PUBLIC),
    "calculator_keep": sends(PUBLIC),
    "calculator_find": reads(PUBLIC),
    "calculator_kept": reads(PUBLIC),
    "calculator_take": both(seats("enterprise.owner")),
    # finance.intake
    "intake:list": reads(seats("bank.*")),
    "intake:upload": both(seats("bank.maker")),
    "intake:loan_template": reads(seats("bank.*")),
    "intake:return_template": reads(seats("bank.*")),
    "intake:filing": reads(seats("bank.*")),
    "intake:rows": reads(seats("bank.*")),
    "intake:original": reads(seats("bank.*")),
    "intake:marked": reads(seats("bank.*")),
    "intake:submit": sends(seats("bank.maker")),
    "intake:withdraw": sends(seats("bank.maker")),
    # valuation.validation: a bank's own; an auditor reads
    "validation:overview": reads(seats("bank.*", "auditor.auditor")),
    "validation:ask": both(seats("bank.*")),
    "validation:fit": both(seats("bank.maker")),
    "validation:outage": both(seats("bank.maker")),
    "validation:report": reads(seats("bank.*", "auditor.auditor")),
    "validation:rows": reads(seats("bank.*", "auditor.auditor")),
    "validation:sign": sends(seats("bank.checker")),
    "validation:issue": sends(seats("bank.*")),
    "validation:record": reads(seats("bank.*", "auditor.auditor")),
    "validation:shadow": sends(seats("bank.maker")),
    "validation:promote": sends(seats("bank.maker")),
    "validation:roll_back": sends(seats("bank.maker")),
    "validation:recalibrate": sends(seats("bank.maker")),
    # finance.parties: how an enterprise stands, seen by itself and by the bureaus of its region
    "parties:own": reads(seats("enterprise.owner")),
    "parties:enterprises": reads(BUREAUS),
    "parties:enterprise": reads(BUREAUS | seats("enterprise.owner")),
    "parties:state_figures": both(seats("enterprise.owner", "finance_bureau.officer")),
    "parties:record_credit": both(CREDIT_RECORDERS),
    "parties:withdraw_credit": both(CREDIT_RECORDERS),
    # finance.loans, finance.pledges: whose rows is the query's business
    "loans:list": reads(OF_LOANS),
    "loans:loan": reads(OF_LOANS),
    "pledges:list": reads(seats("bank.*", "enterprise.owner", "ip_bureau.clerk")),
    "pledges:registration": reads(seats("bank.*", "enterprise.owner", "ip_bureau.clerk")),
    "pledges:files": reads(OF_FILES),
    "pledges:file": reads(OF_FILES),
    "pledges:open_file": both(seats("bank.*")),
    "pledges:state_contents": both(PLEDGE_PARTIES),
    "pledges:attach": sends(PLEDGE_PARTIES),
    "pledges:check": sends(OF_FILES),
    "pledges:step": both(OF_FILES),
    "pledges:accept": sends(seats("ip_bureau.clerk")),
    "pledges:right_event": sends(OF_FILES),
    "pledges:paper": reads(OF_FILES),
    "pledges:make_paper": sends(PLEDGE_PARTIES),
    "pledges:make_step_paper": sends(PLEDGE_PARTIES),
    "pledges:rights_sheet": sends(PLEDGE_PARTIES),
    "pledges:rights_template": reads(PLEDGE_PARTIES),
    "pledges:marked_sheet": reads(PLEDGE_PARTIES),
    "pledges:decision": reads(OF_FILES),
    "pledges:evidence": reads(seats("bank.*")),
    "pledges:interrupt": sends(seats("bank.*")),
    "pledges:interruption_paper": reads(PLEDGE_PARTIES),
    "pledges:look": sends(OF_FILES),
    "pledges:watch": reads(OF_FILES),
    "pledges:alert": both(OF_FILES, PLEDGE_PARTIES),
    "pledges:alert_paper": reads(OF_FILES),
    "pledges:feeds": both(seats("ip_bureau.clerk")),
    "pledges:feed_template": reads(seats("ip_bureau.clerk")),
    "pledges:marked_feed": reads(seats("ip_bureau.clerk")),
    "pledges:rules": reads(OF_FILES | seats("finance_bureau.*")),
    "pledges:turn_ground": sends(seats("finance_bureau.officer")),
    # riskpool.pools
    "pools:list": reads(AT_A_POOL),
    "pools:lines": reads(AT_A_POOL),
    "pools:loans": reads(AT_A_POOL),
    "pools:refusals": reads(AT_A_POOL | seats("bank.*")),
    "pools:limits": reads(AT_A_POOL | seats("bank.*")),
    "pools:agreements": reads(AT_A_POOL | seats("bank.*")),
    "pools:breakers": reads(AT_A_POOL | seats("bank.*")),
    "pools:watch": sends(seats("finance_bureau.officer")),
    "pools:measure": reads(AT_A_POOL | seats("bank.*")),
    "pools:facts": reads(AT_A_POOL | seats("bank.*")),
    "pools:state_fact": both(seats("bank.maker", "finance_bureau.officer")),
    "pools:contribute": both(seats("finance_bureau.officer", "fund_manager.officer")),
    "pools:state_balance": both(seats("finance_bureau.officer", "fund_manager.officer")),
    "pools:sign_agreement": both(seats("finance_bureau.officer")),
    "pools:agreement": reads(AT_A_POOL | seats("bank.*")),
    "pools:adopt": both(seats("finance_bureau.officer")),
    "pools:set_limit": both(seats("finance_bureau.officer")),
    # riskpool.policies: what is published is open to all who live by it; a draft is its own bureau's
    "policies:list": reads(OF_CLAIMS),
    "policies:version": reads(OF_CLAIMS),
    "policies:file": reads(OF_CLAIMS),
    "policies:trial": both(OF_CLAIMS),
    "policies:difference": reads(OF_CLAIMS),
    "policies:effect": reads(seats("finance_bureau.*")),
    "policies:backtest": reads(seats("finance_bureau.*")),
    "policies:upload": both(seats("finance_bureau.officer")),
    "policies:publish": sends(seats("finance_bureau.officer")),
    "policies:withdraw": sends(seats("finance_bureau.officer")),
    # finance.subsidies, the desk: what is published is open to all who apply or pay by it; a draft is its own bureau's
    **dict.fromkeys(
        (
            "subsidy_policies:list",
            "subsidy_policies:version",
            "subsidy_policies:file",
            "subsidy_policies:difference",
        ),
        reads(OF_SUBSIDIES),
    ),
    "subsidy_policies:trial": both(OF_SUBSIDIES),
    "subsidy_policies:backtest": reads(seats("finance_bureau.*")),
    "subsidy_policies:upload": both(seats("finance_bureau.officer")),
    "subsidy_policies:publish": sends(seats("finance_bureau.officer")),
    "subsidy_policies:withdraw": sends(seats("finance_bureau.officer")),
    # riskpool.treasury: money through the custodian bank
    **dict.fromkeys(
        (
            *("treasury:list", "treasury:overview", "treasury:instructions", "treasury:batch"),
            *("treasury:batch_file", "treasury:statements", "treasury:statement", "treasury:line"),
            *("treasury:reconciliation", "treasury:replenish"),
        ),
        reads(AT_A_POOL),
    ),
    **dict.fromkeys(
        (*("treasury:release", "treasury:match_again", "treasury:match", "treasury:explain"),),
        sends(PREPARERS),
    ),
    **dict.fromkeys(
        (
            *("treasury:upload_return", "treasury:take_back", "treasury:import_statement"),
            "treasury:interest",
        ),
        both(PREPARERS),
    ),
    "treasury:issue_reconciliation": sends(seats("finance_bureau.*", "fund_manager.*")),
    "treasury:withdraw": both(seats("finance_bureau.officer")),
    "treasury:call": both(seats("finance_bureau.officer")),
    # riskpool.claims: who of these sits at the claim's pool is the query's and the action's business
    "claims:list": reads(OF_CLAIMS),
    "claims:claim": reads(OF_CLAIMS),
    "claims:paper": reads(OF_CLAIMS),
    "claims:proof": reads(OF_CLAIMS),
    "claims:file": both(seats("bank.maker")),
    "claims:withdraw": sends(seats("bank.maker")),
    "claims:accept": sends(seats("finance_bureau.officer")),
    "claims:take_back": sends(seats("finance_bureau.officer")),
    "claims:refuse": sends(seats("finance_bureau.officer")),
    "claims:recognise": both(seats("finance_bureau.officer")),
    "claims:defer": sends(seats("finance_bureau.officer")),
    "claims:notice": both(seats("finance_bureau.officer")),
    "claims:answer": both(seats("bank.maker")),
    "claims:answer_paper": reads(OF_CLAIMS),
    "claims:strike": sends(seats("finance_bureau.officer")),
    "claims:state_loss": both(seats("bank.maker")),
    "claims:settle": both(seats("finance_bureau.officer")),
    "claims:clawback": both(seats("finance_bureau.officer")),
    "claims:arrival": both(seats("finance_bureau.officer", "fund_manager.officer")),
    "claims:pay": sends(seats("finance_bureau.officer")),
    "claims:pay_again": sends(seats("finance_bureau.officer")),
    "claims:recover": both(seats("finance_bureau.officer", "fund_manager.officer")),
    "claims:working": reads(OF_CLAIMS),
    "claims:years": reads(AT_A_POOL | seats("bank.*")),
    "claims:year": reads(AT_A_POOL | seats("bank.*")),
    "claims:settle_year": sends(seats("finance_bureau.officer")),
    # riskpool.volumes: a bank sees its own awards, a bureau those it owes
    "volumes:list": reads(seats("finance_bureau.*", "bank.*")),
    "volumes:award": reads(seats("finance_bureau.*", "bank.*")),
    "volumes:take_back": sends(seats("finance_bureau.officer")),
    "volumes:propose": both(seats("finance_bureau.officer")),
    # valuation.scores: an enterprise its own, a bank its own; whose rows is the query's business
    **dict.fromkeys(("scores:list", "scores:score"), reads(SCORED)),
    "scores:make": sends(SCORED),
    **dict.fromkeys(("scores:rescore", "scores:quote"), sends(seats("bank.*"))),
    **dict.fromkeys(("scores:answer_dispute", "scores:answer_review"), sends(seats("bank.*"))),
    "scores:override": sends(seats("bank.maker")),
    "scores:record": reads(seats("bank.*")),
    "scores:consents": both(seats("enterprise.owner")),
    **dict.fromkeys(
        ("scores:withdraw_consent", "scores:dispute", "scores:review"), sends(seats("enterprise.owner"))
    ),
    "scores:dispute_paper": reads(SCORED),
    "scores:inputs": both(STATERS),
    "scores:upload": sends(STATERS),
    "scores:adopt": sends(seats("bank.maker")),
    "scores:template": reads(STATERS),
    # valuation.whitelists: a house's lists are its own, a bank sees what was pushed to it, a firm where it stands
    **dict.fromkeys(
        ("whitelists:list", "whitelists:white_list", "whitelists:workbook"),
        reads(BUREAUS | seats("auditor.auditor")),
    ),
    "whitelists:make": both(LISTERS),
    "whitelists:candidate": both(BUREAUS | seats("auditor.auditor"), LISTERS),
    **dict.fromkeys(("whitelists:ask", "whitelists:drop", "whitelists:push"), sends(LISTERS)),
    **dict.fromkeys(
        ("whitelists:received", "whitelists:received_list", "whitelists:received_workbook"),
        reads(seats("bank.*")),
    ),
    "whitelists:firm": both(seats("bank.*"), seats("bank.maker")),
    "whitelists:own": reads(seats("enterprise.owner")),
    **dict.fromkeys(("whitelists:wish", "whitelists:take_back"), sends(seats("enterprise.owner"))),
    # valuation.cards: what is published is open to every seat, since its points are; a draft to its own bureau
    **dict.fromkeys(
        ("scorecards:list", "scorecards:version", "scorecards:file", "scorecards:difference"),
        reads(EVERYBODY),
    ),
    "scorecard_effect": reads(seats("bank.*", "finance_bureau.*")),
    "scorecards:upload": both(seats("finance_bureau.officer")),
    **dict.fromkeys(("scorecards:publish", "scorecards:withdraw"), sends(seats("finance_bureau.officer"))),
    "scorecards:parameters": both(seats("bank.*"), write=seats("bank.maker")),
    # valuation.facilities: a bank its own, a member its own seat, an IP bureau that its region's marks have them
    "facilities:list": reads(seats("bank.*", "enterprise.*", "ip_bureau.*", "auditor.*")),
    "facilities:facility": reads(seats("bank.*", "ip_bureau.*", "auditor.*")),
    "facilities:member": reads(seats("bank.*", "enterprise.*", "auditor.*")),
    "facilities:open": both(seats("bank.maker")),
    **dict.fromkeys(
        (
            *("facilities:raise", "facilities:close", "facilities:limit"),
            *("facilities:draw", "facilities:release"),
        ),
        sends(seats("bank.maker")),
    ),
    "facilities:suspend": sends(seats("bank.*")),
    # finance.subsidies: whose rows is the query's business; what is before the public is for anybody
    "subsidies:list": reads(PAID_SUBSIDIES),
    "subsidies:award": reads(PAID_SUBSIDIES),
    **dict.fromkeys(
        ("subsidies:call", "subsidies:application", "subsidies:working", "subsidies:paper"),
        reads(AT_A_CALL),
    ),
    **dict.fromkeys(
        ("subsidies:plan", "subsidies:payment_file", "subsidies:statements", "subsidies:statement"),
        reads(AT_A_CALL - seats("enterprise.owner")),
    ),
    **dict.fromkeys(("subsidies:payment_csv", "subsidies:results_csv"), reads(seats("finance_bureau.*"))),
    **dict.fromkeys(("subsidies:begin", "subsidies:own_act"), sends(seats("enterprise.owner"))),
    "subsidies:open_call": both(seats("finance_bureau.officer")),
    **dict.fromkeys(
        (
            *("subsidies:call_act", "subsidies:build_list", "subsidies:review_act", "subsidies:plan_act"),
            *("subsidies:object_to", "subsidies:answer_objection", "subsidies:enter_results"),
            *("subsidies:upload_results", "subsidies:claw_back", "subsidies:receive_back"),
            *("subsidies:returned", "subsidies:enter_statement", "subsidies:remark"),
        ),
        sends(seats("finance_bureau.officer")),
    ),
    "subsidies:public_lists": reads(PUBLIC),
    "subsidies:public_list": reads(PUBLIC),
    # for machines, by session or by token
    "api:schema": reads(EVERYBODY),
    "api:filings": sends(seats("bank.maker")),
    "api:filing": reads(seats("bank.*")),
    "api:job": reads(EVERYBODY),
    "api:loans": reads(OF_LOANS),
    "api:position": reads(AT_A_POOL),
    "api:scoring_inputs": sends(STATERS),
    "api:scores": sends(SCORED),
    "api:score": reads(SCORED),
    "api:score_line": sends(seats("bank.*")),
    "payee_account": both(
        ASKERS - seats("bank.checker", "finance_bureau.approver", "fund_manager.approver", "ip_bureau.clerk")
    ),
}


class ByTheTable(BasePermission):
    """DRF's default permission: the same table."""

    def has_permission(self, request: Any, view: Any) -> bool:
        match = request.resolver_match
        door = DOORS.get(match.view_name) if match else None
        viewer = getattr(request._request, "viewer", None)
        return door is not None and door.lets(
            request.method, signed_in=bool(request.user and request.user.is_authenticated), viewer=viewer
        )
