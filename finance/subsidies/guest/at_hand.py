"""What the calculator answers from, as the product has it: the published policies, the rates, the standard, the questions.

An installation into which no subsidy has been loaded answers from the files that ship with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings

from finance.parties.published import regions, size_standard
from finance.subsidies.guest.answers import Answers, read_answers
from finance.subsidies.guest.outcomes import Ground
from finance.subsidies.guest.questions import Questions, load_questions
from finance.subsidies.incomplete import Incomplete, load_incomplete
from finance.subsidies.loading import INCOMPLETE_FILE, Library, load_library
from finance.subsidies.shelf import policy_in, policy_of, rates
from finance.subsidies.terms import Policy
from kernel.errors import Refused
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published, standing
from kernel.shapes import yaml_files

_log = structlog.get_logger(__name__)


def ground(on: dt.date) -> Ground:
    """Everything that answers rest on, on a day."""
    return Ground(policies(), incomplete(), rates(), size_standard(), questions(), on)


def answers_of(given: dict[str, str], on: dt.date) -> Answers:
    """What was sent, read; Refused with every fault."""
    return read_answers(given, questions(), size_standard(), regions(), on)


@cache
def questions() -> Questions:
    """The questions as they ship."""
    return load_questions(Path(settings.POLICIES_DIR) / "estimates" / "guest.yaml")


def policies() -> Sequence[Policy]:
    """The published policies, each in force on the days that stand for it; those that ship, where none is published."""
    versions = list(published(PolicyVersion.Kind.SUBSIDY).only("pk").order_by("family", "valid_from", "pk"))
    if not versions:
        return tuple(_shipped())
    spans = standing(versions)
    found = []
    for version in versions:
        policy, days = _policy(version.pk), spans.get(version.pk, ())
        if days and days[0].first is not None:
            effective = replace(policy.effective, first=days[0].first, last=days[-1].last)
            policy = replace(policy, effective=effective)
        found.append(policy)
    return tuple(found)


@cache
def incomplete() -> Sequence[Incomplete]:
    """What is known to exist and cannot be worked out."""
    return load_incomplete(_home() / INCOMPLETE_FILE)


def read_beforehand() -> None:
    """What the first visitor of a process would otherwise wait for: the texts that ship are read. Asks no database, so that
    it can be done before the web server's processes part.

    A file that cannot be read keeps nobody from what does not rest on it: it is logged, and told where it is asked for.
    """
    for path in yaml_files(_home()):
        _read_or_log(path.name, partial(policy_in, path.read_text(encoding="utf-8")))
    for read in (rates, questions, regions, size_standard, incomplete):
        _read_or_log(read.__name__, read)


def _read_or_log(name: str, read: Callable[[], object]) -> None:
    try:
        read()
    except Refused as refused:
        _log.error("subsidies.not_read", what=name, faults=[str(problem) for problem in refused.problems])


@lru_cache(maxsize=256)
def _policy(version_id: UUID) -> Policy:
    """The policy of a version; a published text never changes."""
    return policy_of(PolicyVersion.objects.get(pk=version_id))


@cache
def _shipped() -> Library:
    return load_library(_home())


def _home() -> Path:
    return Path(settings.POLICIES_DIR) / "subsidies"
