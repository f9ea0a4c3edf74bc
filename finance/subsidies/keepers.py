"""Who knows what stands in a subsidy policy, told to the store of versions.

A policy's family is its id without the year at the end. A file replaces an earlier one that says so (`superseded_by`), and
from its own first day every file of its family that began before: what a published text cannot say afterwards. Two files of
a family that begin on one day are refused: nobody could say which holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finance.parties.seats import permit
from finance.subsidies.examples import run_examples
from finance.subsidies.loading import load_policy
from finance.subsidies.shelf import rates, taken_for_granted
from kernel.errors import Problem
from kernel.policystore.actions import Checked, Keeper, keeps
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from kernel.policystore.rules import Stated

if TYPE_CHECKING:
    from finance.subsidies.terms import Policy

DRAFTS, PUBLISHES = "finance_bureau.officer", "finance_bureau.approver"
SUBSIDY = PolicyVersion.Kind.SUBSIDY
_YEAR = re.compile(r"[-@](19|20)[0-9]{2}$", re.ASCII)


def family_of(policy_id: str) -> str:
    """The policy whose version this is.

    >>> family_of("fj-2022"), family_of("js-wuxi"), family_of("sd-jining-2018-award")
    ('fj', 'js-wuxi', 'sd-jining-2018-award')
    """
    return _YEAR.sub("", policy_id)


def read_policy(text: str) -> Checked:
    """A policy's text, checked, with its tests run; tests that do not come out keep it from publication."""
    policy = load_policy(text)
    return checked_policy(policy, blocks=tuple(example_problems(policy)))


def checked_policy(policy: Policy, blocks: tuple[Problem, ...] = ()) -> Checked:
    """What the store keeps of a policy."""
    fingerprint = hashlib.sha256(policy.document.encode()).hexdigest()
    first, last = policy.effective.first, policy.effective.last
    return Checked(
        policy.id, family_of(policy.id), policy.title, first, last, policy.evidence, fingerprint, blocks
    )


def example_problems(policy: Policy) -> list[Problem]:
    """Every test that does not come out, figure by figure."""
    return [
        Problem(
            f"算例 {example.title or example.id}",
            "；".join(f"{one.path} 应为 {one.expected}，算得 {one.found}" for one in example.differences),
            "请更正算例或条款；算例全部相符方可发布",
            "example",
        )
        for example in run_examples(policy, rates(), taken_for_granted())
        if not example.passed
    ]


def family_of_policies(family: str, draft: str | None) -> Sequence[Stated]:
    """What the published versions of a policy state of their days, with a draft beside them."""
    texts = list(published(SUBSIDY).filter(family=family).values_list("text", flat=True))
    policies = [load_policy(text) for text in (*texts, *([draft] if draft is not None else []))]
    replaced = {policy.id: policy.superseded_by for policy in policies if policy.superseded_by}
    return [
        Stated(
            policy.id, policy.effective.first, policy.effective.last,
            frozenset(old for old, new in replaced.items() if new == policy.id != old)
            | frozenset(other.id for other in policies if other.effective.first < policy.effective.first),
        )
        for policy in policies
    ]  # fmt: skip


def may_draft(by: Any) -> None:
    """A bureau's officer prepares."""
    permit(by, DRAFTS)


def may_publish(by: Any) -> None:
    """A bureau's approver publishes."""
    permit(by, PUBLISHES)


keeps(SUBSIDY, Keeper(read_policy, family_of_policies, may_draft, may_publish))
