"""An agreement of bank B with the pool of the books."""

from __future__ import annotations

import datetime as dt

from kernel.work.approvals import approve
from riskpool.pools import actions as pools
from tests.books import BY_SOURCE, Books, scheme_version


def sign_with_bank_b(books: Books) -> None:
    bureau = books.cast.district_bureau
    terms = pools.AgreementTerms(
        number="渝中合作〔2025〕乙号", bank=books.cast.bank_b.organisation, signed_on=dt.date(2025, 1, 1),
        valid_from=dt.date(2025, 1, 1), valid_to=None, scheme=scheme_version("chongqing-knowledge-value@2017"),
        bearers=BY_SOURCE, exposure_limit_fen=3_000_000_00, basis="合作协议第三条",
    )  # fmt: skip
    asked = pools.propose_agreement(by=bureau.officer, pool=books.pool, terms=terms)
    approve(by=bureau.approver, approval_id=asked.pk)
