"""What loans and the pledges behind them say of each other on their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from finance.loans import queries
from finance.loans.models import Loan
from finance.parties.models import Organisation
from finance.parties.rules import name_writings
from finance.pledges.queries import of_files, of_watch
from finance.pledges.rules.procedure import mixed_standing
from finance.pledges.secured import SecuredLoan
from kernel.calendars.queries import working_calendar
from kernel.days import add_months, end_of, today
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.related import Row, Section

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from finance.pledges.models import PledgeRegistration, RegistrationFile
    from finance.pledges.queries.of_watch import Security
    from finance.pledges.rules.proceeds import Proceeds


def of_registration(registration: PledgeRegistration, *, viewer: Any) -> Section | None:
    """The viewer's loans that name this registration, by any statement of it; a registry's clerk sees no loans."""
    if viewer.organisation.kind == Organisation.Kind.IP_BUREAU:
        return None
    found = queries.loans(viewer=viewer).filter(
        bank=registration.pledgee_id, terms__pledge__number=registration.number
    )
    rows = [
        Row(
            f"{loan.bank_loan_no} {loan.borrower_name}",
            url=reverse("loans:loan", args=[loan.pk]),
            day=loan.terms.disbursed_on if loan.terms else None,
        )
        for loan in found
    ]
    return Section(_("所担保的贷款"), rows, _("没有以此登记担保的在册贷款。"))


def behind_a_file(
    file: RegistrationFile, *, viewer: Any, on: dt.date, known_on: dt.date
) -> list[SecuredLoan]:
    """The loans of the pledgee that name this file's registration, or whose number the bank gave and whose borrower the file
    is about; as on a day."""
    if viewer is not None and viewer.organisation.kind == Organisation.Kind.IP_BUREAU:
        return []
    named = Q(bank_loan_no=file.loan_no) & _is_about(file) if file.loan_no else queries.NOBODY
    if file.registration is not None:
        named |= Q(terms__pledge__number=file.registration.number, terms__pledge__pledgee=file.pledgee_id)
    seen = queries.loans(viewer=viewer) if viewer is not None else Loan.objects.order_by("pk")
    states = [
        (loan, queries.state_of(loan, on=on, known_at=end_of(known_on)))
        for loan in seen.filter(named, bank=file.pledgee_id)
    ]
    return [
        SecuredLoan(
            loan.bank_loan_no, state.terms.disbursed_on, state.terms.due_on, state.balance_fen, state.settled,
            *_payments(loan, state, on, known_on), state.terms.guarantor_name, state.overdue_since,
        )
        for loan, state in states
        if state is not None
    ]  # fmt: skip


def _payments(
    loan: Loan, state: queries.LoanState, on: dt.date, known_on: dt.date
) -> tuple[tuple[tuple[dt.date, int], ...], tuple[dt.date, ...]]:
    """Months whose returns show the balance to have fallen and by how much, with the earliest day of each payment: after the
    month that was reported before."""
    before, since = fen_of(state.terms.principal), state.terms.disbursed_on
    falls, earliest = [], []
    for one in queries.returns_known(loan, on=on, known_at=end_of(known_on)):
        balance = fen_of(one.balance)
        if balance < before:
            falls.append((one.period, before - balance))
            earliest.append(since)
        before, since = balance, add_months(one.period, 1)
    return tuple(falls), tuple(earliest)


def _is_about(file: RegistrationFile) -> Q:
    """Loans whose borrower is the pledgor or the debtor that the file states."""
    debtor = of_files.contents_of(file)["contract"].get("debtor")
    about = Q(borrower=file.pledgor_id)
    if not debtor:
        return about
    written = sorted(name_writings(debtor))
    return about | Q(borrower__name__in=written) | Q(terms__stated__borrower_name__in=written)


def security_of_loan(loan: Loan, *, viewer: Any) -> Section | None:
    """What still stands of the rights pledged for a loan, today; nothing for those who see no registration files.

    Several registrations are told together first: each stands for itself, and one that is not there yet counts too.
    """
    if loan.terms is None:
        return None
    pledge = loan.terms.pledge
    stated = Q(registration__number=pledge.number) if pledge is not None else queries.NOBODY
    files = [
        file
        for file in of_files.with_course(of_files.files(viewer=viewer)).filter(
            stated | Q(loan_no=loan.bank_loan_no), pledgee=loan.bank_id
        )
        if (
            pledge is not None and file.registration is not None and file.registration.number == pledge.number
        )
        or Loan.objects.filter(_is_about(file), pk=loan.pk).exists()
    ]
    rows = [_together(files)] if len(files) > 1 else []
    for file in files:
        if file.registration is None:
            continue
        security = of_watch.security_of(
            file, viewer=viewer, on=today(), known_on=today(), calendar=working_calendar()
        )
        word, status = _stands(security)
        rows.append(
            Row(
                file.number, url=reverse("pledges:file", args=[file.pk]), word=word, status=status,
                notes=(told_gap(security), *(told_proceeds(one) for one in security.proceeds)),
            )
        )  # fmt: skip
    return Section(_("出质权利现状"), rows) if rows else None


def _together(files: Sequence[RegistrationFile]) -> Row:
    """A loan's registrations item by item, and whether all of them are registered: the usual condition of drawing it."""
    stood = mixed_standing(
        [
            (
                f"{file.number} {file.get_kind_display()}",
                of_files.book_of(file),
                of_files.status_on(file, today(), today()),
            )
            for file in files
        ]
    )
    groups = (
        (_("在登记中"), stood.registered),
        (_("办理中"), stood.under_way),
        (_("已终止"), stood.ended),
        (_("还须在统一登记系统登记"), stood.due_in_unified_register),
    )
    return Row(
        _("登记 %(n)s 件") % {"n": len(files)},
        word=_("全部已登记") if stood.all_registered else _("尚未全部登记"),
        status="in_force" if stood.all_registered else "unknown",
        notes=tuple(f"{word}：{'、'.join(names)}" for word, names in groups if names),
    )


def _stands(security: Security) -> tuple[str, str]:
    cover = security.cover
    if not security.in_force:
        return _("质权不在登记中"), "lapsed"
    if cover.fallen:
        told = {"fallen": cover.fallen, "all": len(cover.items)}
        return _("%(all)s 件中 %(fallen)s 件已失效") % told, "lapsed"
    if any(item.stands is None for item in cover.items):
        return _("有权利状态不清楚"), "unknown"
    return _("全部有效"), "in_force"


def told_proceeds(one: Proceeds) -> str:
    """Proceeds that the loan is to receive, and whether they are seen to have come. No money of the pool: in no ledger."""
    given = {
        "yuan": yuan_text(one.amount_fen, grouped=True), "day": one.due_on, "holder": one.holder,
        "seen": yuan_text(one.seen_fen, grouped=True),
    }  # fmt: skip
    if one.to == "prepay":
        told = _("转让、许可价款 %(yuan)s 元应于 %(day)s 前提前清偿，月报已见 %(seen)s 元") % given
    else:
        told = _("转让、许可价款 %(yuan)s 元应于 %(day)s 前提存于%(holder)s") % given
    words = {"returns": _("月报已印证"), "paper": _("已凭凭证核对"), "": _("尚未见到账")}
    return f"{told}（{words[one.confirmed]}）"


def told_gap(security: Security) -> str:
    """The gap in a sentence; what is not known is said to be so."""
    gap = security.cover.gap_fen
    if gap is None:
        return str(_("担保缺口：不清楚（没有债权数额，或没有逐件价值）"))
    return str(_("担保缺口：%(gap)s 元") % {"gap": yuan_text(gap, grouped=True)})
