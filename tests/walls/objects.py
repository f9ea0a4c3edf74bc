"""Objects behind the addresses that name one: made by the product's own actions, with those who may see them.

A room that adds an address with a parameter registers a builder here (or in a file that this one imports):

    @behind("claims:claim", "claims:accept")
    def a_claim(cast): return Behind({"claim_id": claim.pk}, seen_by=cast.people("bank_a.*", "city_bureau.*"))

`seen_by` are those who get an answer; everybody else must get 404, whatever the door says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.actions import propose_payee_account
from kernel.documents.models import IssuedDocument
from kernel.documents.rules import sha256
from kernel.work.jobs import queue

if TYPE_CHECKING:
    from collections.abc import Callable

    from finance.parties.models import Membership
    from tests.cast import Cast

    Builder = Callable[["Cast"], "Behind"]

BUILDERS: dict[str, Builder] = {}


@dataclass(frozen=True)
class Behind:
    """Parameters of an address, and who may see what it names; None: everybody whom the door lets in."""

    parameters: dict[str, Any]
    seen_by: tuple[Membership, ...] | None


def behind(*names: str) -> Callable[[Builder], Builder]:
    """Register a builder for these URL names."""

    def register(builder: Builder) -> Builder:
        for name in names:
            assert name not in BUILDERS, f"two builders for {name}"
            BUILDERS[name] = builder
        return builder

    return register


@behind("verify_code")
def a_code_that_nobody_gave_out(cast: Cast) -> Behind:
    return Behind({"code": "ABCDEFGHJKMN2345"}, seen_by=None)


@behind("choose_membership")
def a_role_of_the_maker_of_bank_a(cast: Cast) -> Behind:
    return Behind({"membership_id": cast.bank_a.maker.pk}, seen_by=(cast.bank_a.maker,))


@behind("approval", "approve", "decline", "withdraw")
def a_change_of_payee_of_bank_a(cast: Cast) -> Behind:
    asked = propose_payee_account(
        by=cast.bank_a.maker, holder="甲银行", bank_name="甲银行营业部", number="50010312345678"
    )
    return Behind({"approval_id": asked.pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker))


@behind("job")
def a_job_of_bank_a(cast: Cast) -> Behind:
    return Behind(
        {"job_id": queue(kind="intake.check", by=cast.bank_a.maker, title="校验 月报.xlsx").pk},
        seen_by=(cast.bank_a.maker, cast.bank_a.checker),
    )


@behind("document")
def a_document_of_bank_a(cast: Cast) -> Behind:
    return Behind(
        {"document_id": issued_for(cast.bank_a.maker).pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker)
    )


@transaction.atomic
def issued_for(by: Membership, code: str = "ABCDEFGHJKMN2346") -> IssuedDocument:
    """A row as the rendering would write it; the walls do not care what stands in the PDF."""
    return IssuedDocument.objects.create(
        serial=f"ZR-20260105-{code[-6:]}",
        verify_code=code,
        kind="test.letter",
        title="贷款备案回执",
        subject_type="parties.organisation",
        subject_id=str(by.organisation_id),
        wall=by.organisation_id,
        template_version="test",
        content={"金额": "1830000.00"},
        data_sha256="a" * 64,
        pdf=b"%PDF-1.7 test",
        pdf_sha256=sha256(b"%PDF-1.7 test"),
        issued_by=by.account,
        issued_at=timezone.now(),
    )
