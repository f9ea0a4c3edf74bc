"""Two persons of the payer award a bank its subsidy on volume, and take an award back that was wrong.

Lock order: approval, organisation (the bank).
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, UUID, uuid5

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from riskpool.schemes.working import working_lines, working_to_json
from riskpool.volumes import rules
from riskpool.volumes.measures import fingerprint
from riskpool.volumes.models import AwardTakenBack, CountedLoan, VolumeAward
from riskpool.volumes.queries import Weighed, family_of, owed, weigh

if TYPE_CHECKING:
    from kernel.work.models import Approval

PREPARES = "finance_bureau.officer"
SIGNS = "finance_bureau.approver"


def propose_award(
    *, by: Any, bank: Organisation, measure_id: str, first: dt.date, last: dt.date, on: dt.date
) -> Approval:
    """Ask a second person of the bureau to award a bank its subsidy for a period (both days included).

    Refused: another seat, a period that is not over or was awarded before, nothing lent that the bureau may see, a loan
    counted before, an amount of nothing.
    """
    permit(by, PREPARES)
    weighed = weigh(viewer=by, bank=bank, measure_id=measure_id, first=first, last=last, on=on)
    amount = weighed.subsidy.paid_fen
    if not amount:
        raise Refused(Problem("金额", "算得 0.00 元", "没有可核定的金额", "nothing_to_award"))
    award_id = _id_of(by.organisation_id, weighed)
    command = {
        "award": str(award_id),
        "bank": str(bank.pk),
        "measure": measure_id,
        "measure_sha256": fingerprint(weighed.measure),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "ground": rules.ground_of(weighed.loans),
        "amount_fen": amount,
    }
    basis = {
        "bank": bank.name,
        "measure": weighed.measure.name,
        "lent_fen": weighed.lent_fen,
        "count": len(weighed.loans),
        "lines": working_lines(weighed.subsidy.working),
    }
    summary = (
        f"{weighed.measure.name} {bank.short_name} {first} 至 {last} {yuan_text(amount, grouped=True)} 元"
    )
    return ask(
        by=by,
        kind="volumes.award",
        command=command,
        subject=VolumeAward(pk=award_id),
        summary=summary,
        basis=basis,
    )


def _id_of(payer: UUID, weighed: Weighed) -> UUID:
    """The award's id is known when it is asked for, so that the same award waits for a second person only once."""
    name = f"{payer} {weighed.bank.pk} {weighed.measure.id} {weighed.first} {weighed.last}"
    same = VolumeAward.objects.filter(
        payer=payer,
        bank=weighed.bank,
        measure=weighed.measure.id,
        first_day=weighed.first,
        last_day=weighed.last,
    )
    name += f" {same.count()}" if same.exists() else ""  # those before were taken back
    return uuid5(NAMESPACE_URL, f"zhirong:volume-award:{name}")


@executes("volumes.award")
def _award(approval: Approval, by: Any) -> VolumeAward:
    """Weigh again under the bank's lock; Refused if loans, terms, measure or amount are not those that were asked for."""
    permit(by, SIGNS)
    command = approval.command
    bank = Organisation.objects.select_for_update(no_key=True).get(pk=command["bank"])
    first, last = dt.date.fromisoformat(command["first"]), dt.date.fromisoformat(command["last"])
    on = approval.decided_on
    weighed = weigh(viewer=by, bank=bank, measure_id=command["measure"], first=first, last=last, on=on)
    ground, amount = rules.ground_of(weighed.loans), weighed.subsidy.paid_fen
    now = (fingerprint(weighed.measure), ground, amount)
    if now != (command["measure_sha256"], command["ground"], command["amount_fen"]):
        found = f"现算得 {yuan_text(amount, grouped=True)} 元，放款、条款或办法与提请时不同"
        raise Refused(Problem("核定", found, "请退回，由经办人按现在的数据重新提请", "ground_moved"))
    award = VolumeAward.objects.create(
        pk=UUID(command["award"]),
        payer_id=approval.wall,
        bank=bank,
        family=family_of(weighed.measure.id),
        measure=weighed.measure.id,
        measure_text=json.loads(weighed.measure.document),
        measure_sha256=command["measure_sha256"],
        first_day=first,
        last_day=last,
        lent=money_of(weighed.lent_fen),
        amount=money_of(amount),
        working=working_to_json(weighed.subsidy.working),
        ground_sha256=ground,
        approval=approval,
        awarded_on=on,
    )
    CountedLoan.objects.bulk_create(
        CountedLoan(
            award=award,
            family=award.family,
            loan_id=loan.loan,
            terms_id=loan.terms,
            lent_on=loan.lent_on,
            principal=money_of(loan.fen),
        )
        for loan in weighed.loans
    )
    record(by=by, verb="volume.award", subject=award, summary=approval.summary)
    return award


def propose_taking_back(*, by: Any, award_id: UUID, reason: str, article: str) -> Approval:
    """Ask a second person of the payer to take an award back; VolumeAward.DoesNotExist for everybody else.

    Its days and loans may then be awarded anew, which is how a wrong one is corrected. Refused when it was taken back
    before, without a reason or the article. Money that was paid already is claimed back outside of this house.
    """
    permit(by, PREPARES)
    award = owed(by, award_id)
    problems = _standing_problems(award)
    for where, text, most in (("收回理由", reason, 300), ("依据条款", article, 200)):
        if not text.strip():
            problems.append(Problem(where, "未填写", "请写明", "required"))
        elif len(text.strip()) > most:
            problems.append(Problem(where, f"超过 {most} 字", "请精简", "too_long"))
    refuse_if_any(problems)
    command = {"award": str(award.pk), "reason": reason.strip(), "article": article.strip()}
    basis = {
        "bank": award.bank.name, "measure": award.measure_text["name"], "first": award.first_day.isoformat(),
        "last": award.last_day.isoformat(), "amount_fen": fen_of(award.amount),
    }  # fmt: skip
    amount = yuan_text(fen_of(award.amount), grouped=True)
    summary = f"收回放款量补贴核定 {award.bank.short_name} {award} {amount} 元"
    return ask(by=by, kind="volumes.take_back", command=command, subject=award, summary=summary, basis=basis)


def _standing_problems(award: VolumeAward) -> list[Problem]:
    if award.live:
        return []
    return [Problem("核定", f"{award} 已收回", "不必再次收回", "taken_back")]


@executes("volumes.take_back")
def _take_back(approval: Approval, by: Any) -> AwardTakenBack:
    permit(by, SIGNS)
    command = approval.command
    seen = owed(by, command["award"])
    Organisation.objects.select_for_update(no_key=True).get(pk=seen.bank_id)
    award = owed(by, command["award"])
    refuse_if_any(_standing_problems(award))
    taken = AwardTakenBack.objects.create(
        award=award, reason=command["reason"], article=command["article"], taken_back_on=approval.decided_on,
        approval=approval,
    )  # fmt: skip
    award.live = False
    award.save(update_fields=["live"])
    award.loans.update(live=False)
    record(by=by, verb="volume.take_back", subject=award, summary=f"{approval.summary}：{taken.reason}")
    return taken
