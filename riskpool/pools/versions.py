"""Stored policy versions as the engine's values, parsed once a process (a published text never changes)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from kernel.policystore.models import PolicyVersion
from riskpool.pools.procedure import Procedure, read_procedure
from riskpool.schemes.loading import Library, load_scheme
from riskpool.schemes.strict_yaml import read_text

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.schemes.terms import Scheme


def scheme_of(version_id: UUID) -> Scheme:
    """The scheme of a stored version, with what it inherits."""
    text = PolicyVersion.objects.values_list("sha256", "text").get(
        pk=version_id, kind=PolicyVersion.Kind.SCHEME
    )
    return _scheme(*text)


@lru_cache(maxsize=256)
def _scheme(sha256: str, text: str) -> Scheme:
    written = read_text(text)
    parent = written.values.get("inherits") if isinstance(written.values, dict) else None
    library = Library()
    if isinstance(parent, str):
        held = PolicyVersion.objects.filter(kind=PolicyVersion.Kind.SCHEME, version=parent).first()
        if held is not None:
            library = Library({parent: _scheme(held.sha256, held.text)})
    return load_scheme(text, library)


def procedure_of(version_id: UUID) -> Procedure:
    """The rules of procedure of a stored version."""
    sha256, text = PolicyVersion.objects.values_list("sha256", "text").get(
        pk=version_id, kind=PolicyVersion.Kind.PROCEDURE
    )
    return _procedure(sha256, text)


@lru_cache(maxsize=64)
def _procedure(sha256: str, text: str) -> Procedure:
    return read_procedure(text)
