"""An approved list goes to chosen banks, each once, without those who asked by then to be taken off or allow no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, refuse_if_any
from kernel.work import outbox
from valuation.whitelists import queries
from valuation.whitelists.actions.making import MAKES, locked
from valuation.whitelists.freezing import sha256_of
from valuation.whitelists.gathering import lapsed
from valuation.whitelists.models import ApprovedList, Candidate, Push, PushedFirm, WhiteList

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from uuid import UUID

    from finance.parties.models import Membership


@in_chinese
@transaction.atomic
def push(*, by: Membership, list_id: UUID, banks: Sequence[Organisation], on: dt.date) -> list[Push]:
    """Give the list to banks; each finds it among what waits for it, and its own paper is made afterwards.

    A bank is told who stands there and that the firm meets the filter (or why a hand put it there), none of its figures: the
    firm allowed the house to use them, not the bank. Left out are those who asked to be taken off, and those whose
    figures the house may use no more (`not_pushed` names them). Refused: a list that is not approved or no longer valid, no
    bank, somebody who is no bank, a bank that had it before, nobody left to push.
    """
    permit(by, *MAKES)
    made = locked(by, list_id)
    approved = ApprovedList.objects.filter(white_list=made).first()
    wished = {str(pk) for pk in queries.wishes_to(made.house).values_list("enterprise", flat=True)}
    out = wished | not_pushed(made, on).keys()
    left = [one for one in approved.content["firms"] if one["enterprise"] not in out] if approved else []
    refuse_if_any(_problems(made, approved, banks, left, on))
    assert approved is not None, "refused otherwise"
    seen = {str(one.enterprise_id): one for one in made.candidates.all()}
    return [
        _give(by, approved, bank, left, seen, on) for bank in sorted(set(banks), key=lambda bank: bank.code)
    ]


def not_pushed(made: WhiteList, on: dt.date) -> dict[str, str]:
    """Firms of an approved list whose consent was withdrawn or is over on a day: enterprise -> name."""
    approved = ApprovedList.objects.filter(white_list=made).first()
    firms = [one["enterprise"] for one in approved.content["firms"]] if approved else []
    return lapsed(made=made, enterprises=firms, on=on)


def _problems(
    made: WhiteList,
    approved: ApprovedList | None,
    banks: Sequence[Organisation],
    left: list[Any],
    on: dt.date,
) -> list[Problem]:
    if approved is None:
        return [Problem("名单", made.get_state_display(), "定稿后方可推送", "not_approved")]
    problems = []
    if not approved.approved_on <= on <= approved.valid_to:
        found = f"{on} 不在有效期内（{approved.approved_on} 至 {approved.valid_to}）"
        problems.append(Problem("名单", found, "请重新编制名单", "not_valid"))
    if not banks:
        problems.append(Problem("银行", "未选择", "请至少选择一家银行", "no_bank"))
    had = set(Push.objects.filter(approved=approved).values_list("bank", flat=True))
    for bank in banks:
        if bank.kind != Organisation.Kind.BANK:
            problems.append(Problem("银行", f"{bank.name}不是银行", "请从列表中选择", "not_a_bank"))
        elif bank.pk in had:
            problems.append(
                Problem("银行", f"已推送过{bank.short_name}", "同一名单对一家银行只推送一次", "pushed")
            )
    if not left:
        problems.append(Problem("名单", "企业均已要求移出，或授权已撤回、到期", "没有可推送的企业", "nobody"))
    return problems  # fmt: skip


def _give(
    by: Membership,
    approved: ApprovedList,
    bank: Organisation,
    left: list[dict[str, Any]],
    seen: dict[str, Candidate],
    on: dt.date,
) -> Push:
    told = [_told(place, firm) for place, firm in enumerate(left, 1)]
    given = Push.objects.create(
        approved=approved, bank=bank, pushed_on=on, left_out=len(approved.content["firms"]) - len(left),
        digest=sha256_of({"list": approved.digest, "firms": told}), pushed_by=by.account,
    )  # fmt: skip
    PushedFirm.objects.bulk_create(
        PushedFirm(
            push=given,
            candidate=seen[firm["enterprise"]],
            enterprise_id=firm["enterprise"],
            place=one["place"],
            told=one,
        )
        for one, firm in zip(told, left, strict=True)
    )
    summary = f"推送白名单 {approved.white_list} 至 {bank.short_name}：{len(told)} 户"
    record(by=by, verb="whitelist.push", subject=given, summary=summary, facts={"digest": given.digest})
    payload = {"push": str(given.pk), "membership": str(by.pk)}
    outbox.put(kind="whitelists.paper", payload=payload, effect_key=f"whitelists.paper:{given.pk}")
    return given


def _told(place: int, firm: dict[str, Any]) -> dict[str, Any]:
    return {
        "place": place,
        **{key: firm[key] for key in ("enterprise", "credit_code", "name", "district", "by", "reason")},
    }
