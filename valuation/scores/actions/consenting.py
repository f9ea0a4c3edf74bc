"""An enterprise allows a house to use its figures for scoring, and takes that back. Lock order: none; the
database lets a consent be withdrawn once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.queries import BUREAUS
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.typed import words_problems
from valuation.scores.models import Consent, ConsentWithdrawn
from valuation.scores.published import sources
from valuation.scores.queries.consents import may_receive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from finance.parties.models import Membership

GIVES = "enterprise.owner"
LONGEST_REASON = 200


@in_chinese
@transaction.atomic
def give_consent(
    *, by: Membership, receiver: Organisation, kinds: Sequence[str], last_day: dt.date, on: dt.date
) -> Consent:
    """Allow a house, from today, to use these kinds of source for scoring; Refused with everything that is wrong."""
    permit(by, GIVES)
    known, problems = {source.id: source for source in sources().asked_for}, []
    if not may_receive(by.organisation).filter(pk=receiver.pk).exists():
        wanted = "只能授权银行、本地区财政或知识产权部门、本平台"
        problems.append(Problem("授权对象", f"不能授权{receiver.short_name}", wanted, "receiver"))
    strange = [kind for kind in kinds if kind not in known]
    if strange or not kinds:
        found = f"没有“{strange[0][:20]}”" if strange else "没有选择"
        problems.append(
            Problem("数据来源", found, f"可选：{'、'.join(s.name for s in known.values())}", "sources")
        )
    longest = on + dt.timedelta(days=sources().longest_days)
    if not on <= last_day <= longest:
        problems.append(Problem("授权至", f"{last_day}", f"在 {on} 至 {longest} 之间", "last_day"))
    refuse_if_any(problems)
    names = "、".join(known[kind].name for kind in kinds)
    to = "本平台为本企业自己评分" if receiver.pk == by.organisation_id else receiver.name
    use = "编制推送银行的白名单" if receiver.kind in BUREAUS else "知识产权质押融资评分"
    wording = f"同意{to}自 {on} 至 {last_day} 查询、使用本企业的{names}，仅用于{use}；可随时撤回。"
    consent = Consent.objects.create(
        enterprise=by.organisation, receiver=receiver, sources=list(dict.fromkeys(kinds)),
        first_day=on, last_day=last_day, wording=wording[:600], given_by=by.account,
    )  # fmt: skip
    record(by=by, verb="score.consent", subject=consent, summary=wording)
    return consent


@in_chinese
@transaction.atomic
def withdraw_consent(*, by: Membership, consent_id: UUID, reason: str, on: dt.date) -> ConsentWithdrawn:
    """From today on a consent counts no more; Consent.DoesNotExist for another's, Refused when it was taken back before."""
    permit(by, GIVES)
    consent = Consent.objects.filter(enterprise=by.organisation_id).get(pk=consent_id)
    if ConsentWithdrawn.objects.filter(consent=consent).exists():
        raise Refused(Problem("授权", "已经撤回", "不必再次撤回", "withdrawn"))
    refuse_if_any(words_problems("原因", reason, LONGEST_REASON, required=False))
    row = ConsentWithdrawn.objects.create(
        consent=consent, withdrawn_on=on, reason=reason.strip(), withdrawn_by=by.account
    )
    record(by=by, verb="score.consent_withdrawn", subject=consent, summary=f"撤回授权：{consent.wording}")
    return row
