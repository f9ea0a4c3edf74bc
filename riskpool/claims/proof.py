"""What the proof sheet of a claim says: every figure with its working, as plain values. The same values stand on the
page, in the PDF and, as JSON, inside the PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.money import capitals, yuan_text
from kernel.money.fields import fen_of
from riskpool.claims import queries
from riskpool.claims.account import receivables_of, settlements_of
from riskpool.claims.openness import OPEN_TO_ALL, Reader, shown
from riskpool.claims.replaying import replayed
from riskpool.schemes import engine
from riskpool.schemes.terms import COMPONENTS as LOSS_ORDER
from riskpool.schemes.words import in_chinese
from riskpool.schemes.working import working_lines

if TYPE_CHECKING:
    from riskpool.claims.models import Claim, Payment


def proof_of(claim: Claim, reader: Reader = OPEN_TO_ALL) -> dict[str, Any]:
    """The content of the proof sheet; money as text in yuan with two decimals. The claim has been accepted.

    It says what its reader may read (`openness`). `stored` is the decision with the scheme's own text: from it alone the
    engine replays every fen; None where figures of others are left out.
    """
    decided = queries.decided(claim)
    assert decided is not None, "only an accepted claim has a proof sheet"
    row, shares = decided
    scheme = engine.stored_scheme(row.working)
    outcome = replayed(row)
    whole = row.working | ({"year": row.run.working} if row.run else {})
    told = shown(scheme, outcome, whole, reader)
    payable = queries.payable_fen(row, shares)
    names = queries.party_names(claim, scheme)
    loan = claim.enrolment.loan
    assert loan.terms is not None, "an enrolled loan has terms"
    payment = claim.payments.order_by("seq").last()
    payable = sum(
        fen_of(share.borne) for share in shares if share.source_id
    )  # by the calculation that stands
    stages = [_stage(one) for one in settlements_of(claim)]
    return {
        "claim": {
            "number": claim.number,
            "state": str(claim.get_state_display()),
            "filed_on": claim.filed_on.isoformat(),
            "decided_on": claim.decided_on.isoformat() if claim.decided_on else None,
            "overdue_since": claim.overdue_since.isoformat(),
        },
        "loan": {
            "bank": loan.bank.name,
            "number": loan.bank_loan_no,
            "borrower": loan.borrower_name,
            "credit_code": loan.borrower.credit_code,
            "disbursed_on": loan.terms.disbursed_on.isoformat(),
            "principal": yuan_text(fen_of(loan.terms.principal)),
        },
        "pool": claim.enrolment.agreement.pool.name,
        "agreement": claim.enrolment.agreement.number,
        "scheme": {
            "id": scheme.id,
            "name": scheme.name,
            "name_zh": in_chinese(scheme.name),
            "doc_no": scheme.doc_no,
            "sha256": scheme.fingerprint,
            "sources": [
                {"status": s.status, "what": s.what, "what_zh": in_chinese(s.what), "url": s.url}
                for s in scheme.sources
            ],
            "assumed": list(scheme.assumed),
            "assumed_zh": [in_chinese(text) for text in scheme.assumed],
        },
        "loss": {name: yuan_text(outcome.loss[name]) for name in LOSS_ORDER if name in outcome.loss},
        "covered": yuan_text(outcome.covered_fen),
        "outside": yuan_text(outcome.outside_fen),
        "metrics": dict(told.metrics),
        "missing": list(outcome.missing),
        "notes": list(told.notes),
        "working": working_lines(told.working, names),
        "shares": [
            {
                "party": share.party,
                "name": share.bearer.name,
                "by_the_pool": share.source_id is not None,
                "borne": yuan_text(fen_of(share.borne)),
            }
            for share in shares
        ],
        "payable": yuan_text(payable),
        "payable_capitals": capitals(payable),
        "payment": _payment(payment, seated=reader.seated) if payment else None,
        "stage": str(row.get_stage_display()),
        "reasons": dict(row.reasons),
        "stages": stages,
        "dated": (stages[-1]["settled_on"] or stages[-1]["on"]) if stages else None,
        "receivables": [_receivable(one) for one in receivables_of(claim)],
        "paid": yuan_text(fen_of(claim.paid)),
        "returned": yuan_text(fen_of(claim.returned)),
        "owed": yuan_text(fen_of(claim.owed)),
        "repaid": yuan_text(fen_of(claim.repaid)),
        "apportionment_sha256": row.sha256,
        "stored": told.stored,
    }


def _stage(told: dict[str, Any]) -> dict[str, Any]:
    """One line of the cumulative table: what was recognised and due in all, and what moved because of it."""
    sums = ("recognised", "covered", "entitled", "to_escrow", "paid", "freed", "owed")
    return {
        "seq": told["seq"],
        "stage": str(told["stage"]),
        "on": told["on"].isoformat(),
        "settled_on": told["settled_on"].isoformat() if told["settled_on"] else None,
        "sha256": told["sha256"],
        **{name: yuan_text(told[name]) for name in sums},
    }


def _receivable(told: dict[str, Any]) -> dict[str, Any]:
    """What the bank owes back, why and by which article, and what of it has arrived."""
    return {
        "kind": str(told["kind"]),
        "on": told["on"].isoformat(),
        "reason": told["reason"],
        "article": told["article"],
        **{name: yuan_text(told[name]) for name in ("amount", "interest", "left")},
    }


def _payment(payment: Payment, *, seated: bool) -> dict[str, str]:
    """How it was paid; who of the bureau asked and who approved is told to the pool's seats only."""
    told = {
        "day": payment.paid_on.isoformat(),
        "payee": str(payment.payee),
        "journal": payment.journal.key,
    }
    if not seated:
        return told
    by = payment.approval
    assert by.checker is not None, "what was paid was approved"
    return told | {"asked_by": by.maker.person.name, "approved_by": by.checker.person.name}
