"""What every desk of policies does alike, whatever its policies say: upload, the file, publication, giving up; texts beside
each other. A room makes a `Desk` of its kind, adds its own pages and mounts them under its own names.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.errors import Problem, Refused
from kernel.policystore import actions, queries
from kernel.policystore.models import PolicyVersion
from kernel.policystore.rules import Span
from kernel.strict_yaml import text_of
from kernel.work.models import Approval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from django.utils.functional import _StrPromise

SUFFIXES = (".yaml", ".yml")
PREPARES = "finance_bureau.officer"


class UploadForm(forms.Form):
    """A policy file; its size and its kind are looked at before anybody reads it."""

    file = forms.FileField(label=gettext_lazy("政策文件"), allow_empty_file=True)

    def clean_file(self) -> Any:
        upload, most = self.cleaned_data["file"], settings.POLICY_FILE_LARGEST_BYTES
        faults = []
        if PurePath(upload.name).suffix.lower() not in SUFFIXES:
            faults.append(_("“%(name)s”不是 YAML 文件：请上传 .yaml 或 .yml 文件") % {"name": upload.name})
        if upload.size > most:
            sizes = {"size": -(-upload.size // 1024), "most": most // 1024}
            faults.append(_("文件 %(size)s KB，超过 %(most)s KB，没有读取") % sizes)
        if faults:
            raise forms.ValidationError(faults)
        return upload


@dataclass(frozen=True)
class Desk:
    """The pages of one kind: `names` is the namespace of its addresses, `templates` the folder of its pages."""

    kind: str
    names: str
    templates: str
    all_words: str | _StrPromise
    kept_words: str | _StrPromise

    def url_of(self, page: str) -> str:
        return f"{self.names}:{page}"

    def seen(self, request: Any, version_id: UUID) -> PolicyVersion:
        """A version the viewer may see; PolicyVersion.DoesNotExist for everybody else."""
        return queries.version(viewer=request.viewer, kind=self.kind, version_id=version_id)

    def read_or_told(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A view of a kept text that the loader of today refuses tells the faults, as the upload would have."""

        @wraps(view)
        def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refused as refused:
                context = {"problems": refused.problems, "desk": self, "list_page": self.url_of("list")}
                return render(request, "policies/unreadable.html", context, status=422)

        return shown

    def upload(self, request: Any) -> HttpResponse:
        """A file becomes a draft, or is told all its faults; of a faulty file nothing is kept."""
        form = UploadForm(request.POST or None, request.FILES or None)
        problems: Sequence[Problem] = ()
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data["file"]
            content = given.read()
            try:
                draft = actions.keep_draft(
                    by=request.viewer, kind=self.kind, text=text_of(content), name=given.name
                )
            except Refused as refused:
                problems = refused.problems
            else:
                without_mark = _("文件开头的 BOM 标记已去掉。") if content.startswith(b"\xef\xbb\xbf") else ""
                messages.success(request, f"{self.kept_words}{without_mark}")
                return redirect(self.url_of("version"), draft.pk)
        context = {
            "form": form, "problems": problems, "largest_kb": settings.POLICY_FILE_LARGEST_BYTES // 1024,
            "list_page": self.url_of("list"),
        }  # fmt: skip
        status = 422 if request.method == "POST" else 200
        return render(request, f"{self.templates}/upload.html", context, status=status)

    def file(self, request: Any, version_id: UUID) -> HttpResponse:
        """The file as it was loaded."""
        row = self.seen(request, version_id)
        answer = HttpResponse(row.text, content_type="application/yaml; charset=utf-8")
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(row.version, safe='')}.yaml"
        answer["X-Content-Type-Options"] = "nosniff"
        return answer

    def publish(self, request: Any, version_id: UUID, again: Callable[..., HttpResponse]) -> HttpResponse:
        """Put a draft to a second person; `again` shows the version with what stands against it."""
        self.seen(request, version_id)
        try:
            asked = actions.propose_publication(by=request.viewer, version_id=version_id)
        except Refused as refused:
            return again(request, version_id, refused.problems)
        messages.success(request, _("已提请本机构另一人签批。"))
        return redirect("approval", asked.pk)

    def withdraw(self, request: Any, version_id: UUID, again: Callable[..., HttpResponse]) -> HttpResponse:
        """Give a draft up."""
        self.seen(request, version_id)
        try:
            actions.withdraw_draft(by=request.viewer, version_id=version_id)
        except Refused as refused:
            return again(request, version_id, refused.problems)
        messages.success(request, _("草稿已撤回。"))
        return redirect(self.url_of("list"))

    def rows(self, viewer: Any) -> list[PolicyVersion]:
        """Every version the viewer may know of, by policy, the latest first; drafts given up are left out."""
        return list(
            queries.versions(viewer=viewer, kind=self.kind)
            .exclude(state=PolicyVersion.State.WITHDRAWN)
            .select_related("approval")
            .defer("text")
            .order_by("family", F("valid_from").desc(nulls_last=True), "-loaded_at")
        )

    def earlier(self, row: PolicyVersion, viewer: Any, replaced: frozenset[str]) -> list[PolicyVersion]:
        """The other published versions of the same policy, the one before first: what it replaces, or else the latest
        that began earlier.
        """
        others = list(
            queries.versions(viewer=viewer, kind=self.kind)
            .filter(family=row.family, state=PolicyVersion.State.PUBLISHED)
            .exclude(pk=row.pk)
            .order_by("valid_from", "loaded_at")
        )
        first = row.valid_from

        def nearness(other: PolicyVersion) -> tuple[bool, bool, int]:
            day = other.valid_from.toordinal() if other.valid_from else 0
            before = first is None or day < first.toordinal()
            return other.version not in replaced, not before, -day if before else day

        return sorted(others, key=nearness)


def draft_part(row: PolicyVersion, viewer: Any) -> dict[str, Any]:
    """What publishing a draft would do, and what stands against it."""
    asked = Approval.objects.filter(kind=actions.PUBLISH, subject_id=str(row.pk), state=Approval.State.ASKED)
    moved: list[tuple[str, str, str]] = []
    blocks = actions.publication_problems(row, viewer)
    try:
        moved = [
            (name, in_force_words(before), in_force_words(after))
            for name, (before, after) in actions.spans_moved_by(row).items()
        ]
    except Refused as refused:
        blocks = list(dict.fromkeys([*blocks, *refused.problems]))
    return {"blocks": blocks, "moved": moved, "asked": asked.first()}


def in_force_words(spans: Iterable[Span]) -> str:
    """Spans in the language of the page; papers and approvals keep `rules.told`."""
    return _("；").join(map(_span_words, spans)) or _("无")


def _span_words(span: Span) -> str:
    ends = {"first": span.first, "last": span.last}
    if span.first is None:
        return _("始终") if span.last is None else _("至 %(last)s") % ends
    return _("%(first)s 至 %(last)s") % ends if span.last else _("%(first)s 起") % ends


def text_lines(old: PolicyVersion, new: PolicyVersion) -> list[tuple[str, str]]:
    """The texts line by line: (added, removed, place or same; the line)."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = difflib.unified_diff(
        old.text.splitlines(), new.text.splitlines(), old.version, new.version, n=2, lineterm=""
    )
    return [(kinds.get(line[:1], "same"), line) for line in list(lines)[2:]]
