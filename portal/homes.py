"""What the home of each kind of house shows first: a sentence on what is to be done, then the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finance.loans import queries as loans
from finance.parties.models import Organisation
from finance.pledges import queries as pledges
from finance.subsidies.queries import of_calls as subsidies
from kernel.calendars.queries import working_calendar
from kernel.work import queries as work
from riskpool.claims import queries as claims
from riskpool.claims.due import claimable
from riskpool.pools import queries as pools
from riskpool.pools import watched
from riskpool.pools.turns import returns_owed

from .position import pool_page

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from finance.parties.models import Membership

    Part = tuple[str, dict[str, Any]]

LATEST = 5
ROWS = 20
Kind = Organisation.Kind


def home_of(viewer: Membership, on: dt.date) -> Part:
    """Template and context of the viewer's home on a day."""
    template, context = _HOMES.get(viewer.organisation.kind, _plain)(viewer, on)
    return template, {
        "on": on,
        "asked": work.asked_and_waiting(viewer=viewer).count(),
        "jobs": work.job_runs(viewer=viewer)[:LATEST],
        **context,
    }


def _of_a_pool(viewer: Membership, on: dt.date) -> Part:
    """The pools at which the house sits, each with its figures, limits and claims that wait."""
    pages = [pool_page(viewer, pool.pk, on=on, today=on) for pool in pools.pools(viewer=viewer)]
    return "portal/home_pools.html", {"pages": pages, "met_lines": watched.met_lines(viewer, on)}


def _of_a_bank(viewer: Membership, on: dt.date) -> Part:
    """Returns due, limits left, claims, and overdue loans on which it may claim."""
    return "portal/home_bank.html", {
        "due": returns_owed(viewer=viewer, on=on, calendar=working_calendar()),
        "limits": pools.limit_views(viewer=viewer, on=on),
        "claims": claims.claims(viewer=viewer)[:LATEST],
        "claimable": claimable(viewer=viewer, on=on),
        "may_file": viewer.seat == "bank.maker",
        "sums": loans.sums(loans.loans(viewer=viewer, on=on)),
        "met_lines": watched.met_lines(viewer, on),
    }


def _of_an_enterprise(viewer: Membership, on: dt.date) -> Part:
    """What it may apply for and what it need only confirm, its loans and its pledges."""
    return "portal/home_enterprise.html", {
        "open_calls": subsidies.open_to(viewer=viewer, on=on)[:LATEST],
        "listed": subsidies.listed(viewer=viewer),
        "loans": loans.loans(viewer=viewer, on=on)[:LATEST],
        "registrations": pledges.registrations(viewer=viewer)[:LATEST],
    }


def _of_a_guarantor(viewer: Membership, on: dt.date) -> Part:
    """The loans it stands on, and the claims it bears."""
    return "portal/home_guarantor.html", {
        "loans": loans.loans(viewer=viewer, on=on)[:ROWS],
        "claims": claims.claims(viewer=viewer)[:LATEST],
    }


def _of_a_registry(viewer: Membership, on: dt.date) -> Part:
    """The latest registrations of the region."""
    return "portal/home_registry.html", {"registrations": pledges.registrations(viewer=viewer)[:ROWS]}


def _plain(viewer: Membership, on: dt.date) -> Part:
    return "portal/home.html", {}


_HOMES: dict[str, Callable[[Membership, dt.date], Part]] = {
    Kind.FINANCE_BUREAU: _of_a_pool,
    Kind.FUND_MANAGER: _of_a_pool,
    Kind.AUDITOR: _of_a_pool,
    Kind.BANK: _of_a_bank,
    Kind.ENTERPRISE: _of_an_enterprise,
    Kind.GUARANTOR: _of_a_guarantor,
    Kind.IP_BUREAU: _of_a_registry,
}
