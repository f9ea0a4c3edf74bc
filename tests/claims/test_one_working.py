"""The page, the paper and the machine's answer say one working: the decision as it was stored, from which it is redone."""

from __future__ import annotations

import html
import io
import json
import re
from typing import Any

from django.urls import reverse
from pypdf import PdfReader

from kernel.work import outbox
from riskpool.claims import queries
from riskpool.claims.models import Claim
from riskpool.schemes import engine, working_from_json, working_lines
from tests.books import Books
from tests.ground import laid

# chongqing-knowledge-value@2017 on 333,333.33: 80 % and then 4:6, remainders at every step
LOSS = 333_333_33


@laid
def claim(books: Books) -> Claim:
    claim = books.accept(books.file(books.bad_loan(LOSS), LOSS))
    books.pay(claim)
    outbox.drain()
    claim.refresh_from_db()
    return claim


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def stored_lines(claim: Claim) -> list[str]:
    """The working of the row in the database, and nothing else, in words."""
    kept = claim.apportionment.working
    return working_lines(
        working_from_json(kept["working"]), queries.party_names(claim, engine.stored_scheme(kept))
    )


def test_page_paper_and_json_show_the_stored_working_line_by_line(claim: Claim, cast: Any) -> None:
    lines = stored_lines(claim)
    assert len(lines) > 10
    bureau = cast.signed_in(cast.district_bureau.officer)
    page = squeezed(
        re.sub(
            r"<[^>]+>",
            "",
            html.unescape(bureau.get(reverse("claims:claim", args=[claim.pk])).content.decode()),
        )
    )
    answer = json.loads(bureau.get(reverse("claims:working", args=[claim.pk])).content)
    assert answer["proof"]["working"] == lines
    assert working_from_json(answer["stored"]["working"]) == working_from_json(
        claim.apportionment.working["working"]
    )
    pdf = PdfReader(io.BytesIO(bureau.get(reverse("claims:proof", args=[claim.pk])).content))
    paper = squeezed("".join(each.extract_text() for each in pdf.pages))
    ((attached,),) = pdf.attachments.values()
    assert json.loads(attached)["working"] == lines
    for line in lines:
        assert squeezed(line) in page, line
        assert squeezed(line) in paper, line


def test_the_working_on_the_page_can_be_redone_with_pencil_and_paper(claim: Claim) -> None:
    """80 % of 333,333.33 = 266,666.664: the bank's remainder is 0.6 fen, the pool's 0.4: 266,666.66 and 66,666.67.

    Then 266,666.66 at 4:6 is 106,666.664 and 159,999.996: remainders 0.4 and 0.6 fen, the fen to the district.
    """
    text = "\n".join(stored_lines(claim))
    for said in (
        "精确值 266,666.664 元，余数 2/5 分，得 266,666.66 元",
        "精确值 66,666.666 元，余数 3/5 分，补1分，得 66,666.67 元",
        "精确值 106,666.664 元，余数 2/5 分，得 106,666.66 元",
        "精确值 159,999.996 元，余数 3/5 分，补1分，得 160,000.00 元",
        "余下的分按余数从大到小各补1分；余数相同按参与方次序",
    ):
        assert said in text, text
