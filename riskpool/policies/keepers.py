"""Who knows what stands in a policy file: schemes and rules of procedure, told to the store of versions.

A scheme that inherits reads its parent from what is published; a chain of replacements is followed through all published
schemes, as `riskpool.schemes.version_on` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finance.parties.seats import permit
from kernel.errors import Problem
from kernel.policystore.actions import Checked, Keeper, keeps
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from kernel.policystore.rules import Stated
from riskpool.pools.procedure import Procedure, read_procedure
from riskpool.pools.versions import published_library, scheme_from
from riskpool.schemes.examples import run_examples
from riskpool.schemes.loading import Library, replaced_by
from riskpool.schemes.terms import Scheme

DRAFTS, PUBLISHES = "finance_bureau.officer", "finance_bureau.approver"
Kind = PolicyVersion.Kind


def read_scheme(text: str) -> Checked:
    """A scheme's text, checked, with its worked examples run; examples that do not come out keep it from publication."""
    scheme = scheme_from(text)
    return checked_scheme(scheme, blocks=tuple(example_problems(scheme)))


def checked_scheme(scheme: Scheme, blocks: tuple[Problem, ...] = ()) -> Checked:
    """What the store keeps of a scheme."""
    evidence = "；".join(sorted({source.status for source in scheme.sources}))
    first, last = scheme.valid_from, scheme.valid_to
    return Checked(scheme.id, scheme.family, scheme.name, first, last, evidence, scheme.fingerprint, blocks)


def example_problems(scheme: Scheme) -> list[Problem]:
    """Every worked example that does not come out, figure by figure."""
    return [
        Problem(
            f"算例 {example.id}",
            "；".join(f"{one.path} 应为 {one.expected}，算得 {one.found}" for one in example.differences),
            "请更正算例或规则；算例全部相符方可发布",
            "example",
        )
        for example in run_examples(scheme)
        if not example.passed
    ]


def family_of_schemes(family: str, draft: str | None) -> Sequence[Stated]:
    """What the published versions of a scheme state of their days, with a draft beside them."""
    library = published_library()
    if draft is not None:
        proposed = scheme_from(draft)
        library = Library(dict(library.schemes) | {proposed.id: proposed})
    return [
        Stated(scheme.id, scheme.valid_from, scheme.valid_to, frozenset(replaced_by(scheme, library)))
        for scheme in library
        if scheme.family == family
    ]


def read_rules_of_procedure(text: str) -> Checked:
    """Rules of procedure, checked."""
    found = read_procedure(text)
    family = found.id.partition("@")[0]
    return Checked(found.id, family, found.title, found.valid_from, found.valid_to, "", "")


def family_of_procedures(family: str, draft: str | None) -> Sequence[Stated]:
    """Rules of procedure replace another version by its id (`supersedes`); otherwise their days must not overlap."""
    texts = list(published(Kind.PROCEDURE).filter(family=family).values_list("text", flat=True))
    return [_stated(read_procedure(text)) for text in (*texts, *([draft] if draft is not None else []))]


def _stated(read: Procedure) -> Stated:
    replaces = frozenset({read.supersedes} if read.supersedes else ())
    return Stated(read.id, read.valid_from, read.valid_to, replaces)


def may_draft(by: Any) -> None:
    """A bureau's officer prepares."""
    permit(by, DRAFTS)


def may_publish(by: Any) -> None:
    """A bureau's approver publishes."""
    permit(by, PUBLISHES)


keeps(Kind.SCHEME, Keeper(read_scheme, family_of_schemes, may_draft, may_publish))
keeps(Kind.PROCEDURE, Keeper(read_rules_of_procedure, family_of_procedures, may_draft, may_publish))
