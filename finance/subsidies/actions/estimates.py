"""Keeping a visitor's estimate for a time, forgetting it, and taking over what an enterprise confirms as its own facts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.actions import record_fact
from finance.parties.queries import fact_of
from finance.parties.seats import permit
from finance.subsidies.codes import hash_of, new_code
from finance.subsidies.models import Estimate
from finance.subsidies.queries.estimates import kept_estimate
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from finance.parties.models import EnterpriseFact, Membership
    from finance.subsidies.guest.questions import Questions
    from finance.subsidies.guest.taking import Offered

OWNER = "enterprise.owner"


@in_chinese
@transaction.atomic
def keep_estimate(
    *, answers: Mapping[str, str], told: Mapping[str, Any], questions: Questions, on: dt.date
) -> tuple[str, Estimate]:
    """Keep what a visitor answered and was told; gives back his code, which is stored nowhere, and the row.

    Refused when as many were kept within a minute or a day as `questions` allow: nobody is told apart, so that nothing
    personal has to be kept. Two at once may pass the last place together, which harms nothing.
    """
    refuse_if_any(_too_many(questions, timezone.now(), on))
    code = new_code()
    row = Estimate.objects.create(
        code_hash=hash_of(code), answers=dict(answers), told=dict(told), saved_on=on,
        expires_on=on + dt.timedelta(days=questions.kept_days),
    )  # fmt: skip
    return code, row


def _too_many(questions: Questions, now: dt.datetime, on: dt.date) -> list[Problem]:
    minute = Estimate.objects.filter(saved_at__gt=now - dt.timedelta(minutes=1)).count()
    if minute >= questions.most_a_minute:
        wanted = "请过一分钟再试；结果页的网址本身也可以收藏"
        return [Problem("保存测算", "这一分钟保存的人太多", wanted, "too_many")]
    if Estimate.objects.filter(saved_on=on).count() >= questions.most_a_day:
        return [Problem("保存测算", "今天保存的已满", "请明天再试；结果页的网址本身也可以收藏", "too_many")]
    return []


@in_chinese
@transaction.atomic
def forget_estimates(*, on: dt.date) -> int:
    """Delete those whose time was over before a day; gives back how many."""
    return Estimate.objects.filter(expires_on__lt=on).delete()[0]


@in_chinese
@transaction.atomic
def take_facts(
    *, by: Membership, code: str, offered: Collection[Offered], ticked: Collection[str], on: dt.date
) -> list[EnterpriseFact]:
    """Make facts of the owner's enterprise of what he ticked; what is known already in the same words is not said again."""
    permit(by, OWNER)
    kept = kept_estimate(code, on)
    chosen = [one for one in offered if one.path in ticked]
    if not chosen:
        raise Refused(Problem("测算的答案", "一项也没有勾选", "勾选要记为本企业情况的各项", "nothing_ticked"))
    source = f"免登录测算 {kept.saved_on}"
    of = by.organisation
    return [
        record_fact(
            by=by, enterprise=of, name=one.path, value=one.value, about=kept.saved_on, source=source
        )
        for one in chosen
        if fact_of(of, one.path, kept.saved_on) != one.value
    ]  # fmt: skip
