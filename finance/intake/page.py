"""What the page of one filing shows to a member of its bank: where it stands, figures, faults, what may be done next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from finance.intake import queries
from finance.intake.models import Filing
from finance.intake.states import ENTERABLE, OPEN
from kernel.errors import Problem
from kernel.money import fen_from_yuan

if TYPE_CHECKING:
    from finance.parties.models import Membership

FAULTS_SHOWN = 20
CHANGES_SHOWN = 20
_S = Filing.State


def filing_page(filing: Filing, viewer: Membership) -> dict[str, Any]:
    """Context of the page and of the parts that it asks for again while work goes on."""
    mine = viewer.seat == "bank.maker"
    return {
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
        "limits": limit_lines(filing),
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


def limit_lines(filing: Filing) -> list[dict[str, Any]]:
    """The effect on limits as amounts in fen; a line without a ceiling only says its note."""
    return [
        {**line, **{name: fen_from_yuan(line[name]) for name in ("before", "after", "ceiling") if line[name]}}
        for line in filing.effect.get("lines", [])
    ]


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
