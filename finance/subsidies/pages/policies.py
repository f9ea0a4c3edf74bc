"""What a page says of the policy behind a call or an application: its text, articles, papers, and what is not certain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from finance.subsidies.reads import line_name
from finance.subsidies.shelf import policy_of

if TYPE_CHECKING:
    from finance.subsidies.terms import Policy
    from kernel.policystore.models import PolicyVersion


def policy_page(version: PolicyVersion) -> dict[str, Any]:
    """The policy with its conditions and lines in their own words, sources, papers wanted, and days of its process."""
    policy = policy_of(version)
    written = json.loads(policy.document)
    return {
        "policy": policy,
        "version": version,
        "sources": written.get("sources") or [],
        "materials": written.get("materials") or [],
        "conditions": policy.eligibility,
        "policy_lines": [(line_name(policy, line.id), line) for line in policy.lines],
        "review_days": review_days(policy),
    }


def review_days(policy: Policy) -> int | None:
    """The working days in which the policy wants an application looked at; None where it does not say."""
    process = json.loads(policy.document).get("process")
    review = process.get("review") if isinstance(process, dict) else None
    days = review.get("first_review_working_days") if isinstance(review, dict) else None
    return days if isinstance(days, int) else None
