"""What the two parties of a file are shown when its pledge is realised, and the papers a court wants, out of the file."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from finance.pledges.books import realising_guide
from finance.pledges.models import FileAct
from finance.pledges.queries import of_claim, of_files
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.facts import third_party
from finance.pledges.rules.stated import party_name
from kernel.documents.models import StoredFile
from kernel.sheets.tables import TableSheet, write_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile
    from finance.pledges.queries.of_watch import Debt
    from finance.pledges.rules.realising import Piece, Told

ENFORCING = "enforcing"
_LONGEST_STEM = 60  # signs; three bytes each in UTF-8, and a name has 255


@dataclass(frozen=True)
class Kept:
    """One kind of paper for the court and what of it the file keeps: (day, paper)."""

    piece: Piece
    papers: tuple[tuple[dt.date, StoredFile], ...]


@dataclass(frozen=True)
class Waiver:
    """What waiving the pledge brings; `guarantors` stand beside it for the loans that the viewer may see."""

    waiver: Told
    guarantors: tuple[str, ...]


@dataclass(frozen=True)
class Realising:
    """What is told to one party on a day; `guarantors` as of a waiver."""

    order: Told
    ways: tuple[Told, ...]
    reminders: tuple[Told, ...]
    guarantors: tuple[str, ...]
    pack: tuple[Kept, ...]


def realising_of(
    file: RegistrationFile, *, viewer: Membership, debt: Debt, in_force: bool, on: dt.date
) -> Realising | None:
    """For a party of a file whose pledge is being realised, or may be because the debt is due and not repaid; else None."""
    party = of_files.party_of(viewer, file)
    due = debt.ends_on is not None and debt.ends_on < on and debt.repaid is not True
    if party is None or not (file.state == ENFORCING or (in_force and due)):
        return None
    guide = realising_guide()
    return Realising(
        guide.order[_whose(file)],
        guide.ways,
        tuple(one for one in guide.reminders if one.who in ("", party)),
        _guarantors(debt),
        tuple(Kept(piece, tuple(_papers(file, piece))) for piece in guide.pack),
    )


def waiver_of(file: RegistrationFile, *, viewer: Membership, debt: Debt) -> Waiver | None:
    """For a party that asks to end the registration: waiving it touches others who stand for the debt."""
    if of_files.party_of(viewer, file) is None:
        return None
    return Waiver(realising_guide().waiver[_whose(file)], _guarantors(debt))


def _guarantors(debt: Debt) -> tuple[str, ...]:
    return tuple(sorted({loan.guarantor for loan in debt.loans if loan.guarantor}))


def _whose(file: RegistrationFile) -> str:
    """Whose asset is pledged; nobody named as another debtor means the pledgor itself."""
    contents = of_files.contents_of(file)
    pledgor = party_name(contents, "pledgor", file.pledgor.name)
    return "third_party" if third_party(pledgor, contents["contract"].get("debtor")) else "own"


def _papers(file: RegistrationFile, piece: Piece) -> Iterator[tuple[dt.date, StoredFile]]:
    kept = file.papers.filter(material__in=piece.materials).select_related("stored").defer("stored__content")
    for paper in kept.order_by("pk"):
        yield paper.attached_on, paper.stored
    told_by = Q(effect__in=piece.decisions) | Q(action__in=piece.moves, actor=FileAct.Actor.REGISTRY)
    acts = file.acts.filter(told_by, paper__isnull=False).select_related("paper")
    for act in acts.defer("paper__content").order_by("seq"):
        assert act.paper is not None
        yield act.on, act.paper
    if piece.interruptions:
        standing = [row.pk for row in of_claim.standing_interruptions(file, dt.date.max)]
        told = file.interruptions.filter(pk__in=standing, paper__isnull=False)
        for row in told.select_related("paper").defer("paper__content").order_by("on", "pk"):
            assert row.paper is not None
            yield row.on, row.paper


def bundle(file: RegistrationFile, told: Realising) -> tuple[str, bytes]:
    """The papers in one archive with an index: what each is, its day, its digest, and what the file does not keep."""
    rows: list[list[str | dt.date | None]] = []
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, kept in enumerate(told.pack, 1):
            mark = CONFIDENCE[kept.piece.rule.basis.confidence][1]
            basis = f"{kept.piece.rule.basis.article}（{mark}）"
            for n, (day, paper) in enumerate(kept.papers, 1):
                name = f"{place:02d} {kept.piece.title}/{n:02d} {_short(paper.name)}"
                archive.writestr(name, _bytes_of(paper))
                rows.append([kept.piece.title, name, day, paper.sha256, basis])
            if not kept.papers:
                rows.append([kept.piece.title, "本案没有收存，请自备", None, "", basis])
        archive.writestr("00 目录.xlsx", _index(file, rows))
    return f"{file.number}_实现质权材料.zip", stream.getvalue()


def _short(name: str) -> str:
    """A name that unpacks everywhere: no folder in it, at most so many signs that its bytes fit, its ending kept."""
    stem, dot, ending = name.replace("/", "_").replace("\\", "_").rpartition(".")
    return f"{(stem or ending)[:_LONGEST_STEM]}{dot}{ending[:10] if stem else ''}"


def _bytes_of(paper: StoredFile) -> bytes:
    """The bytes of a paper, read for this moment only: a bundle holds one of them at a time."""
    return bytes(StoredFile.objects.values_list("content", flat=True).get(pk=paper.pk))


def _index(file: RegistrationFile, rows: list[list[str | dt.date | None]]) -> bytes:
    number = file.registration.number if file.registration else ""
    lead = [
        f"实现质权材料目录：{file.number}，登记号 {number}",
        f"质权人 {file.pledgee.name}；出质人 {file.pledgor.name}",
        "文件与本平台收存的逐字节相同，摘要为 SHA-256。材料是否齐备，以受理法院的要求为准。",
    ]
    return write_tables(
        "实现质权材料目录",
        [TableSheet("目录", lead, ["材料", "文件", "日期", "SHA-256", "依据"], rows)],
    )
