"""`manage.py load_policies`: the policy files that ship with the product become stored versions, and calendars days.

A version that is stored already with the same text is left alone; with another text it is refused, since a published
version never changes: the mended file takes a new version id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from finance.pledges.keepers import shipped as registration_files
from finance.subsidies.keepers import checked_policy
from finance.subsidies.loading import load_policy
from kernel.acts.actions import through
from kernel.calendars.actions import load_calendars
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore.actions import Checked, settle_spans, ship
from kernel.policystore.models import PolicyVersion
from kernel.shapes import yaml_files
from riskpool.policies.keepers import checked_scheme, read_rules_of_procedure
from riskpool.schemes.loading import load_library, scheme_files
from valuation.cards.keepers import checked_card
from valuation.loading import load_scorecard


class Command(BaseCommand):
    help = "载入随产品发布的政策文件（损失分担方案、办事规则、补贴政策、评分卡、登记规则、工作日历）"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with through("command"):
                calendars = load_calendars(sorted((settings.POLICIES_DIR / "calendars").glob("[!_]*.yaml")))
                new = load_versions()
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"工作日历 {len(calendars)} 年；新增政策版本 {new} 个")


@transaction.atomic
def load_versions() -> int:
    """Store the schemes, procedures, subsidies and scorecards of policies/, then settle which is in force when. Rule files
    of registration are kept by their text alone: their own days say when each holds.

    How many were new. All faults are refused together.
    """
    problems: list[Problem] = []
    new = 0
    shipped = [*_schemes(), *_procedures(), *_subsidies(), *_scorecards()]
    frozen = [(PolicyVersion.Kind.REGISTRATION, *one) for one in registration_files()]
    for kind, path, checked in [*shipped, *frozen]:
        try:
            new += ship(kind=kind, text=path.read_text(encoding="utf-8"), checked=checked)
        except Refused as refused:
            problems += refused.problems
    refuse_if_any(problems)
    for kind, family in dict.fromkeys((kind, checked.family) for kind, _, checked in shipped):
        try:
            settle_spans(kind=kind, family=family)
        except Refused as refused:
            problems += refused.problems
    refuse_if_any(problems)
    return new


def _schemes() -> Iterator[tuple[str, Path, Checked]]:
    directory = settings.POLICIES_DIR / "schemes"
    paths = {path.stem: path for path in scheme_files(directory)}
    for scheme in load_library(directory):
        yield PolicyVersion.Kind.SCHEME, _file_of(scheme.id, paths), checked_scheme(scheme)


def _file_of(scheme_id: str, paths: dict[str, Path]) -> Path:
    if scheme_id in paths:
        return paths[scheme_id]
    raise CommandError(f"方案 {scheme_id} 的文件名应为 {scheme_id}.yaml")


def _procedures() -> Iterator[tuple[str, Path, Checked]]:
    for path in sorted((settings.POLICIES_DIR / "procedures").glob("[!_]*.yaml")):
        checked = read_rules_of_procedure(path.read_text(encoding="utf-8"))
        yield PolicyVersion.Kind.PROCEDURE, path, checked


def _subsidies() -> Iterator[tuple[str, Path, Checked]]:
    """The policies that may be offered; one marked `load: never` is read by nobody but its tests."""
    for path in yaml_files(settings.POLICIES_DIR / "subsidies"):
        policy = load_policy(path)
        if policy.offered:
            yield PolicyVersion.Kind.SUBSIDY, path, checked_policy(policy)


def _scorecards() -> Iterator[tuple[str, Path, Checked]]:
    for path in yaml_files(settings.POLICIES_DIR / "scorecards"):
        yield PolicyVersion.Kind.SCORECARD, path, checked_card(load_scorecard(path))
