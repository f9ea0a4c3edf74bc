"""Stored policy versions as the engine's values, parsed once a process (a published text never changes)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from kernel.strict_yaml import read_text
from riskpool.pools.procedure import Procedure, read_procedure
from riskpool.schemes.loading import Library, load_scheme

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.schemes.terms import Scheme

SCHEME = PolicyVersion.Kind.SCHEME


def scheme_of(version_id: UUID) -> Scheme:
    """The scheme of a stored version, with what it inherits."""
    return _scheme(*_text_of(version_id, SCHEME))


def _text_of(version_id: UUID, kind: str) -> tuple[str, str]:
    """Digest and text of a stored version; asked once a process of one that is published, which never changes."""
    if (version_id, kind) in _published_texts:
        return _published_texts[version_id, kind]
    state, sha256, text = PolicyVersion.objects.values_list("state", "sha256", "text").get(
        pk=version_id, kind=kind
    )
    if state == PolicyVersion.State.PUBLISHED:
        _published_texts[version_id, kind] = sha256, text
    return sha256, text


_published_texts: dict[tuple[UUID, str], tuple[str, str]] = {}


def scheme_from(text: str) -> Scheme:
    """The scheme of a text that is not stored; it inherits from published versions only. Refused with every fault."""
    return load_scheme(text, _parents(text))


def published_library() -> Library:
    """Every published scheme."""
    rows = published(SCHEME).values_list("version", "sha256", "text")
    return Library({name: _scheme(sha256, text) for name, sha256, text in rows})


@lru_cache(maxsize=256)
def _scheme(sha256: str, text: str) -> Scheme:
    return load_scheme(text, _parents(text))


def _parents(text: str) -> Library:
    """What a text inherits from, if it is published; a draft is nobody's parent, or it could change what others pay."""
    written = read_text(text)
    parent = written.values.get("inherits") if isinstance(written.values, dict) else None
    held = published(SCHEME).filter(version=parent).first() if isinstance(parent, str) else None
    return (
        Library({parent: _scheme(held.sha256, held.text)}) if held and isinstance(parent, str) else Library()
    )


def procedure_of(version_id: UUID) -> Procedure:
    """The rules of procedure of a stored version."""
    return _procedure(*_text_of(version_id, PolicyVersion.Kind.PROCEDURE))


@lru_cache(maxsize=64)
def _procedure(sha256: str, text: str) -> Procedure:
    return read_procedure(text)
