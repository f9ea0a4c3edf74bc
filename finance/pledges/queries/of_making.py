"""What papers say of a file, which of them could be made now with which boxes empty, and the workbooks of rights."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from finance.pledges.papers import Debt, Described, Particulars, Party, forms, paper_of
from finance.pledges.queries import of_files as reading
from finance.pledges.rules.forms import PAPERS
from finance.pledges.rules.stated import DESCRIBED, party_name
from finance.pledges.sheets import filled, form_of
from kernel.documents.queries import documents_behind
from kernel.errors import Problem, Refused
from kernel.sheets import template_name, write_template

from . import of_rights

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from finance.parties.models import Membership, Organisation
    from finance.pledges.models import RegistrationFile, RightsSheet
    from kernel.documents.models import IssuedDocument

DEBT_DAYS = ("begins_on", "signed_on")
DEBT_PARTS = {
    "kind": "debt_kind", "scope": "scope", "principal_contract": "principal_contract", "pledge_contract": "pledge_contract",
    "amount_fen": "amount_fen", "secured_fen": "secured_fen", "ceiling_fen": "ceiling_fen",
}  # fmt: skip


def particulars_of(file: RegistrationFile, on: dt.date) -> Particulars:
    """Everything that a paper of the file may say on a day; Refused before anything was stated."""
    if reading.last_statement(file) is None:
        raise Refused(Problem("文书", "还没有填写内容", "请先填写合同与权利", "nothing_stated"))
    contents = reading.contents_of(file)
    contract = contents["contract"]
    told: dict[str, Any] = {part: contract[name] for part, name in DEBT_PARTS.items() if name in contract}
    told |= {name: dt.date.fromisoformat(contract[name]) for name in DEBT_DAYS if contract.get(name)}
    return Particulars(
        filing=of_rights.filing_on(file, on),
        pledgor=_party(contents, "pledgor", file.pledgor),
        pledgee=_party(contents, "pledgee", file.pledgee),
        debt=Debt(**told),
        described={
            right["number"]: Described(**{name: right[name] for name in DESCRIBED if name in right})
            for right in contents["rights"]
        },
        agent=contract.get("agent", ""),
        value_fen=contract.get("value_fen"),
        appraiser=contract.get("appraiser", ""),
    )


def _party(contents: dict[str, Any], side: Any, organisation: Organisation) -> Party:
    told = {
        **contents.get("parties", {}).get(side, {}),
        "name": party_name(contents, side, organisation.name),
    }
    return Party(id_number=organisation.credit_code, **told)


@dataclass(frozen=True)
class Makeable:
    """A paper that the parties may have made: its title, the boxes that would stay empty, what stands against it."""

    name: str
    title: str
    blank: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def blank_by_section(self) -> list[tuple[str, str]]:
        """The empty boxes under their headings.

        >>> Makeable("application", "", ("出质人·地址", "出质人·联系人", "清单·专利名称")).blank_by_section
        [('出质人', '地址、联系人'), ('清单', '专利名称')]
        """
        parts = [label.partition("·") for label in self.blank]
        return [
            (section, "、".join(label for _, _, label in boxes))
            for section, boxes in groupby(parts, key=lambda part: part[0])
        ]


def makeable(file: RegistrationFile, on: dt.date) -> list[Makeable]:
    """The papers of the file's kind as they would be made on a day; none where no form was seen."""
    kinds = forms().get(file.kind, {})
    if not kinds or reading.last_statement(file) is None:
        return []
    found, particulars = [], particulars_of(file, on)
    for name in PAPERS:
        try:
            paper = paper_of(name, particulars, on=on)
            found.append(Makeable(name, paper.title, paper.blank))
        except Refused as refused:
            found.append(Makeable(name, kinds[name].title, (), refused.problems))
    return found


def made(viewer: Membership, file: RegistrationFile) -> QuerySet[IssuedDocument]:
    """The papers of the file that the viewer's organisation had made, the newest first."""
    label = file._meta.label_lower
    own = documents_behind([viewer.organisation_id])
    return own.filter(subject_type=label, subject_id=str(file.pk)).order_by("-issued_at")


def sheets(viewer: Membership, file: RegistrationFile) -> QuerySet[RightsSheet]:
    """The workbooks of rights that the viewer's organisation sent in, the newest first, without their bytes."""
    own = file.sheets.filter(stored__wall=viewer.organisation_id).select_related("stored")
    return own.defer("stored__content").order_by("-pk")


def rights_template(file: RegistrationFile, on: dt.date) -> tuple[str, bytes]:
    """The workbook to fill in, with the rights that the file already has: its name and bytes."""
    book = reading.book_of(file)
    form, month = form_of(book), f"{on:%Y%m}"
    rows = [filled(book, right) for right in reading.contents_of(file)["rights"]]
    content = write_template(form, bank=file.number, month=month, prefilled=rows)
    return template_name(form, file.number, month), content
