"""`manage.py load_policies`: the policy files that ship with the product become stored versions, and calendars days.

A version that is stored already with the same text is left alone; with another text it is refused, since a published
version never changes: the mended file takes a new version id.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from kernel.acts.actions import record, through
from kernel.calendars.actions import load_calendars
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore.models import PolicyVersion
from riskpool.pools.procedure import read_procedure
from riskpool.schemes.loading import load_library, scheme_files


class Command(BaseCommand):
    help = "载入随产品发布的政策文件（损失分担方案、办事规则、工作日历）"

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
    """Store every scheme and procedure of policies/; gives back how many were new. All faults are refused together."""
    problems: list[Problem] = []
    new = 0
    for kind, path, version, title, span, evidence in [*_schemes(), *_procedures()]:
        text = path.read_text(encoding="utf-8")
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        standing = PolicyVersion.objects.filter(kind=kind, version=version).first()
        if standing is None:
            stored = PolicyVersion.objects.create(
                kind=kind, family=version.split("@")[0], version=version, title=title[:200], text=text, sha256=sha256,
                valid_from=span[0], valid_to=span[1], evidence=evidence[:200],
                state=PolicyVersion.State.PUBLISHED, shipped=True,
            )  # fmt: skip
            record(
                by=None,
                verb="policy.load",
                subject=stored,
                summary=f"载入 {version}",
                facts={"sha256": sha256},
            )
            new += 1
        elif standing.sha256 != sha256:
            problems.append(
                Problem(path.name, f"“{version}”已载入过另一内容", "已发布的版本不得改动，请改用新的版本号")
            )
    refuse_if_any(problems)
    return new


def _schemes() -> list[tuple[Any, ...]]:
    directory = settings.POLICIES_DIR / "schemes"
    library = load_library(directory)
    paths = {path.stem: path for path in scheme_files(directory)}
    return [
        (
            PolicyVersion.Kind.SCHEME, _file_of(scheme.id, paths), scheme.id, scheme.name,
            (scheme.valid_from, scheme.valid_to), "；".join(sorted({source.status for source in scheme.sources})),
        )
        for scheme in library
    ]  # fmt: skip


def _file_of(scheme_id: str, paths: dict[str, Path]) -> Path:
    if scheme_id in paths:
        return paths[scheme_id]
    raise CommandError(f"方案 {scheme_id} 的文件名应为 {scheme_id}.yaml")


def _procedures() -> list[tuple[Any, ...]]:
    rows = []
    for path in sorted((settings.POLICIES_DIR / "procedures").glob("[!_]*.yaml")):
        procedure = read_procedure(path.read_text(encoding="utf-8"))
        rows.append(
            (
                PolicyVersion.Kind.PROCEDURE,
                path,
                procedure.id,
                procedure.title,
                (procedure.valid_from, procedure.valid_to),
                "",
            )
        )
    return rows
