"""The filter that ships, its text, and applications over its facts."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from valuation.examples import application_of, cases_of
from valuation.inputs import Application
from valuation.whitelists.shelf import card_named, filters

NAME = "ip-pledge-list@2026"
FILE = settings.POLICIES_DIR / "whitelists" / f"{NAME}.yaml"


def shipped() -> Any:
    return filters()[NAME]


def firm(name: str, *, without: tuple[str, ...] = (), **changes: Any) -> Application:
    """A worked firm of the file, with other indicators where `changes` says so, without those named."""
    examples = shipped().document["examples"]
    [case] = [one for one in cases_of(examples) if one["name"] == name]
    stated = {key: value for key, value in (case["indicators"] | changes).items() if key not in without}
    return Application.from_plain(application_of(case | {"indicators": stated}), card_named("ip-pledge@2026"))
