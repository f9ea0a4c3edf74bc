"""The pages of the paying bank's statements: all of them with what does not match, and one line by line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from finance.subsidies.actions.locking import PREPARES
from finance.subsidies.forms.statements import RemarkForm, StatementForm
from finance.subsidies.queries import of_statements as asked

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from finance.subsidies.models import BankStatement

MOVED_WORDS = {"paid": _("补贴付款"), "returned": _("退票"), "received": _("追回到账")}
HOW_WORDS = {"reference": _("按流水号"), "amount": _("按同日同额")}


def statements_page(viewer: Membership) -> dict[str, Any]:
    """Every statement the viewer may see, with how many of its lines match; what was paid and stands on none of them."""
    rows = list(asked.statements(viewer=viewer))
    found = {one.bureau_id: asked.compared(one.bureau) for one in rows if one.live}
    unmatched = [line.line for each in found.values() for line in each.unmatched]
    open_lines = Counter(line.statement_id for line in unmatched)
    explained = asked.explained(line.pk for line in unmatched)
    to_explain = Counter(line.statement_id for line in unmatched if line.pk not in explained)
    officer = viewer.seat == PREPARES
    return {
        "rows": [
            (one, one.span.upper - dt.timedelta(days=1), open_lines[one.pk], to_explain[one.pk])
            for one in rows
        ],
        "not_stated": [(one, MOVED_WORDS[one.what]) for each in found.values() for one in each.not_stated],
        "officer": officer,
        "form": StatementForm(standing=standing(viewer)) if officer else None,
    }


def standing(viewer: Membership) -> list[BankStatement]:
    """The statements that have not been corrected."""
    return list(asked.statements(viewer=viewer).filter(live=True))


def statement_page(statement: BankStatement, viewer: Membership) -> dict[str, Any]:
    """One statement, line by line, each beside what it is; what it is not known to be stays in sight."""
    found = asked.compared(statement.bureau) if statement.live else None
    known = {one.line.pk: one for one in found.looked} if found else {}
    own = statement.bureau_id == viewer.organisation_id and viewer.seat == PREPARES
    lines = []
    for line in statement.lines.prefetch_related("remarks"):
        looked = known.get(line.pk)
        moved = looked.moved if looked else None
        lines.append(
            {
                "line": line,
                "signed": asked.signed(line),
                "moved": moved,
                "what": MOVED_WORDS[moved.what] if moved else "",
                "how": HOW_WORDS.get(looked.how, "") if looked else "",
                "open": statement.live and moved is None,
                "explained": bool(line.remarks.all()),
                "form": RemarkForm(auto_id=f"id_{line.pk}_%s") if own and statement.live and moved is None else None,
            }
        )  # fmt: skip
    unmatched = [one for one in lines if one["open"]]
    return {
        "row": statement,
        "last": statement.span.upper - dt.timedelta(days=1),
        "lines": lines,
        "matched": len(lines) - len(unmatched),
        "unmatched": len(unmatched),
        "explained": sum(one["explained"] for one in unmatched),
        "unmatched_fen": sum(one["signed"] for one in unmatched),
    }
