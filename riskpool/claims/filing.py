"""The page on which a bank files a claim: what is known already stands there, what was sent is read with every fault."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from finance.loans.rules import overdue_days
from kernel.documents.papers import ACCEPT
from kernel.errors import Problem
from riskpool.claims import due
from riskpool.claims.forms import paper_field, papers_sent
from riskpool.claims.page import Mark
from riskpool.claims.rules import COMPONENTS
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from riskpool.claims.actions import EvidenceFile
    from riskpool.claims.forms import ClaimForm
    from riskpool.pools.models import Enrolment


def filing_context(enrolment: Enrolment, form: ClaimForm, on: dt.date) -> dict[str, Any]:
    """The loan with its pledge and latest return, the waiting rule, the papers asked for; and what already forbids it."""
    procedure = procedure_of(enrolment.agreement.pool.procedure_id)
    default = due.default_of(enrolment)
    needed = procedure.waiting_days
    since = default.overdue_since
    everything = {kind.kind for kind in procedure.evidence}
    return {
        "enrolment": enrolment,
        "loan": enrolment.loan,
        "form": form,
        "on": on,
        "balance": default.balance_fen,
        "overdue_since": since,
        "overdue_days": overdue_days(since, on),
        "waiting": {"days": needed.whole, "article": needed.article, "mark": Mark(needed.status)},
        "ready_on": since + dt.timedelta(days=needed.whole) if since else None,
        "papers": [(kind, paper_field(kind)) for kind in procedure.evidence],
        "accept": ACCEPT,
        "blocked": due.filing_problems(enrolment, {"principal": 1}, everything, on),
    }


def read_filing(
    enrolment: Enrolment, form: ClaimForm, files: Any, on: dt.date
) -> tuple[list[EvidenceFile], list[Problem]]:
    """The papers sent, and every fault: of the amounts as typed, of the files, of the loan. None: it may be filed."""
    kinds = procedure_of(enrolment.agreement.pool.procedure_id).evidence
    papers, problems = papers_sent(files, kinds)
    form.is_valid()
    for name, faults in form.errors.items():
        label = str(form.fields[name].label)
        problems += [Problem(label, str(fault), _("请更正后重新提交"), "form") for fault in faults]
    sent = {kind.kind for kind in kinds if files.getlist(paper_field(kind))}
    unread = any(name in form.errors for name in COMPONENTS)
    problems += [
        problem
        for problem in due.filing_problems(enrolment, form.loss, sent, on)
        if not (unread and problem.code == "nothing_claimed")
    ]
    return papers, problems
