"""What the page of one filing shows to a member of its bank: where it stands, figures, faults, what may be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from finance.intake import queries
from finance.intake.models import Filing
from finance.intake.outcomes import Happened, happened
from finance.intake.states import ENTERABLE, OPEN
from kernel.errors import Problem
from kernel.money import fen_from_yuan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from finance.intake.models import FilingRow
    from finance.parties.models import Membership

FAULTS_SHOWN = 20
CHANGES_SHOWN = 20
OUTSIDE_SHOWN = 20
OUTSIDE = "outside"  # in the choice of rows, beside their outcomes: those that enter no pool
_S = Filing.State


def filing_page(filing: Filing, viewer: Membership) -> dict[str, Any]:
    """Context of the page and of the parts that it asks for again while work goes on."""
    mine = viewer.seat == "bank.maker"
    followed = happened(filing)
    return {
        **outside_of(filing, followed, viewer),
        "followed": followed,
        "entered": filing.state == _S.ENTERED,
        "filing": filing,
        "steps": steps(filing),
        "checked": bool(filing.counts),
        "file_problems": [Problem(**kept) for kept in filing.faults],
        "faults": queries.first_faults(filing, FAULTS_SHOWN),
        "faults_shown": FAULTS_SHOWN,
        "changed": queries.changed_rows(filing)[:CHANGES_SHOWN],
        "sums": {
            name: fen_from_yuan(filing.totals[name]) for name in ("sum", "to_enter") if name in filing.totals
        },
        "by_kind": [
            (kind, count, fen_from_yuan(amount)) for kind, count, amount in filing.totals.get("by_kind", [])
        ],
        "limits": limit_lines(followed.lines if followed else filing.effect.get("lines", []))
        if filing.state != _S.WITHDRAWN
        else [],
        "may_submit": mine and filing.state in ENTERABLE,
        "may_withdraw": mine and filing.state in OPEN - {_S.CHECKING},
        "moving": filing.state == _S.CHECKING,
        "files_moving": bool(filing.counts)
        and (marking(filing) or (filing.state == _S.ENTERED and not filing.receipt_id)),
        "marking": marking(filing),
    }


def marking(filing: Filing) -> bool:
    """The bank's own file is still being marked with its faults."""
    return filing.marked_file_id is None and filing.rows.exclude(problems=[]).exists()


def limit_lines(lines: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """The effect on limits as amounts in fen; a line without a ceiling only says its note."""
    return [
        {**line, **{name: fen_from_yuan(line[name]) for name in ("before", "after", "ceiling") if line[name]}}
        for line in lines
    ]


def outside_of(filing: Filing, followed: Happened | None, viewer: Membership) -> dict[str, Any]:
    """The first rows that would enter no pool or, once entered, did enter none, each with every reason; and how many."""
    rows = rows_chosen(filing, OUTSIDE, followed)
    if filing.state == _S.WITHDRAWN:
        rows = rows.none()
    shown = told_rows(rows[:OUTSIDE_SHOWN], followed, viewer)
    return {"outside": shown, "outside_count": rows.count(), "outside_shown": OUTSIDE_SHOWN}


def rows_chosen(filing: Filing, outcome: str | None, followed: Happened | None) -> QuerySet[FilingRow]:
    """All rows of a filing, those of one outcome, or those that enter no pool: as forecast, or as it happened."""
    if outcome != OUTSIDE:
        return queries.rows_to_look_at(filing, outcome=outcome)
    if followed is None:
        return queries.rows_kept_out(filing)
    return filing.rows.filter(file_row__in=followed.of("out")).order_by("file_row")


def told_rows(
    rows: Iterable[FilingRow], followed: Happened | None, viewer: Membership
) -> list[dict[str, Any]]:
    """Rows with their loan (None while there is none) and what becomes, or became, of it in the pools."""
    rows = list(rows)
    known = queries.loans_of_rows(rows, viewer=viewer)
    told = []
    for row in rows:
        said = (followed.rows or {}).get(str(row.file_row)) if followed else None
        told.append(
            {
                "row": row,
                "loan": known.get(row.values.get("bank_loan_no") or ""),
                "said": said,
                "reasons": said["reasons"] if said else row.kept_out if followed is None else [],
            }
        )
    return told


def steps(filing: Filing) -> list[dict[str, str]]:
    """The way of a filing as a stepper."""
    titles = (_("上传"), _("校验"), _("经办提交"), _("复核"), _("入库"))
    done = {
        _S.CHECKING: 1,
        _S.READY: 2,
        _S.PARTLY_READY: 2,
        _S.SUBMITTED: 3,
        _S.ENTERED: 5,
    }.get(_S(filing.state), 2)
    stopped = filing.state in (_S.UNREADABLE, _S.FAULTY, _S.WITHDRAWN, _S.NOTHING_NEW)
    marks = ["done" if place < done else "todo" for place in range(5)]
    if stopped:
        marks[1 if filing.state == _S.UNREADABLE else 2] = "stopped"
    elif done < 5:
        marks[done] = "current"
    return [{"title": title, "state": mark} for title, mark in zip(titles, marks, strict=True)]
