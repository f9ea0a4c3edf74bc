"""A registration file before it is handed in: opened by the bank, stated by both parties, its papers, its precheck."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models.functions import Length
from django.utils import timezone

from finance.parties.models import Organisation
from finance.parties.rules import checked_credit_code, plain_credit_code, why_no_credit_code
from finance.parties.seats import permit
from finance.pledges import queries
from finance.pledges.books import book_on
from finance.pledges.models import FilePaper, FileStatement, PrecheckRun, RegistrationFile
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_rights
from finance.pledges.rules.difference import difference
from finance.pledges.rules.stated import EMPTY, as_written, faults
from kernel.acts.actions import record
from kernel.documents.actions import keep_file
from kernel.documents.papers import MEDIA_TYPES, ending_of, paper_problem
from kernel.errors import Problem, Refused, refuse_if_any

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.documents.models import StoredFile

PARTIES = ("bank.maker", "bank.checker", "enterprise.owner")
WINDOW = "ip_bureau.clerk"
STILL_STATED = ("open",)
"""Kinds of state in which the parties may still change what they state; what is registered is changed by an act."""


@dataclass(frozen=True)
class Paper:
    """An uploaded file: its own name and its bytes."""

    name: str
    content: bytes


@transaction.atomic
def open_file(
    *, by: Membership, kind: str, credit_code: str, window: Organisation, loan_no: str = "", on: dt.date
) -> RegistrationFile:
    """Open a file of the bank for an enterprise at a window; Refused with every fault."""
    permit(by, "bank.maker", "bank.checker")
    found = pledgor_of(credit_code)
    problems = [found] if isinstance(found, Problem) else []
    if window.kind != Organisation.Kind.IP_BUREAU:
        problems.append(
            Problem("受理窗口", f"{window.short_name}不是登记窗口", "请从列表中选择", "no_window")
        )
    if isinstance(found, Problem) or problems:
        raise Refused(problems)
    book = book_on(kind, on)
    opened = RegistrationFile.objects.create(
        number=_next_number(on),
        kind=kind,
        book=book.id,
        pledgee=by.organisation,
        pledgor=found,
        window=window,
        loan_no=loan_no.strip(),
        state=book.start,
        opened_on=on,
        recorded_by=by.account,
    )
    record(by=by, verb="pledge_file.open", subject=opened, summary=f"起草{book.title} {opened.number}")
    return opened


def pledgor_of(credit_code: str) -> Organisation | Problem:
    """The enterprise of a code however it was typed, or what is wrong with it."""
    code, where = plain_credit_code(credit_code), "出质人统一社会信用代码"
    enterprise = Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE, credit_code=code).first()
    if code and enterprise is not None:
        return enterprise  # a lawful early code may fail the check; one that is on record is no slip
    check = checked_credit_code(code)
    if check is None:
        return Problem(where, why_no_credit_code(code), "请对照营业执照填写", "credit_code")
    if not check.code_holds:
        found = f"{code} 的校验位不符，应为 {check.expected}"
        return Problem(where, found, "请对照营业执照改正", "check_digit")
    return Problem(where, f"平台上没有 {code}", "请先为这家企业开户", "no_enterprise")


def _next_number(on: dt.date) -> str:
    """The next number of a day; an advisory lock until the transaction ends keeps two from taking one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('pledges.number'), %s)", [on.toordinal()])
    prefix = f"ZY-{on:%Y%m%d}-"
    taken = RegistrationFile.objects.filter(number__startswith=prefix)
    last = taken.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"


def locked(by: Membership, file_id: UUID) -> RegistrationFile:
    """The file under its row lock, if the one who acts may see it; DoesNotExist otherwise."""
    reading.files(viewer=by).get(pk=file_id)
    RegistrationFile.objects.select_for_update(no_key=True).get(pk=file_id)
    return reading.file(viewer=by, file_id=file_id)


@transaction.atomic
def state_contents(
    *, by: Membership, file_id: UUID, contents: dict[str, Any], on: dt.date, seen: int | None = None
) -> FileStatement:
    """A party states the whole anew; what stood equal stays one statement. The enterprise leaves the contract as it is.

    `seen` is the number of the statement it was written over (0: none): Refused with what has changed if another one stands.
    Refused: after the registry has decided, and with every fault of every right. Assents to the statement before fall.
    """
    permit(by, *PARTIES)
    file = locked(by, file_id)
    may_state(file)
    book, last = reading.book_of(file), reading.last_statement(file)
    if seen is not None and seen != (last.seq if last else 0):
        raise Refused(_moved(file, seen))
    if reading.party_of(by, file) == "pledgor":
        contents = _but_the_banks(contents, last.contents if last else EMPTY)
    contents = as_written(contents, book.kind)
    refuse_if_any(faults(book, contents, on))
    if last is not None and last.contents == contents:
        return last
    stated = FileStatement.objects.create(
        file=file, seq=last.seq + 1 if last else 1, contents=contents, stated_on=on, recorded_on=on,
        recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="pledge_file.state", subject=file, summary=f"填写 {file.number} 第{stated.seq}次")
    return stated


MOST_TOLD = 20


def _moved(file: RegistrationFile, seen: int) -> list[Problem]:
    stated = {0: EMPTY, **{one.seq: one.contents for one in file.statements.order_by("seq")}}
    last = max(stated)
    wanted = "请核对；再次保存即以本页所填为准"
    told = Problem("内容", f"打开本页以后已有人保存，现为第{last}次填写", wanted, "moved")
    changes = list(difference(stated.get(seen, EMPTY), stated[last]))
    return [told, *(Problem(where, what, wanted, "moved") for where, what in changes[:MOST_TOLD])]


def may_state(file: RegistrationFile) -> None:
    """Refused once the application is with the registry, or decided."""
    state = reading.book_of(file).state(file.state)
    if state.kind not in STILL_STATED or file.state == "submitted":
        raise Refused(
            Problem("内容", f"案件{state.title}", "已提交或已登记的内容不再修改；请办理补正或变更", "stated")
        )


def _but_the_banks(contents: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """What an enterprise states: the contract and what the bank says of itself stay as they stood."""
    parties = {side: told for side, told in contents.get("parties", {}).items() if side != "pledgee"}
    if "pledgee" in before.get("parties", {}):
        parties["pledgee"] = before["parties"]["pledgee"]
    return {**contents, "contract": before["contract"], **({"parties": parties} if parties else {})}


@transaction.atomic
def attach(*, by: Membership, file_id: UUID, material: str, paper: Paper | None, on: dt.date) -> FilePaper:
    """Put a paper of the rule book's list into the file; Refused if there is none (None: a form could not take it), or
    if it is empty, too large or not what its name says."""
    permit(by, *PARTIES)
    file = locked(by, file_id)
    book = reading.book_of(file)
    if paper is None:
        problems = [Problem("文件", "未选择", "请选择文件", "required")]
    else:
        problems = [] if (fault := paper_problem(paper.name, paper.content)) is None else [fault]
    if material not in {one.id for one in book.materials}:
        problems.append(Problem("材料", f"没有“{material[:20]}”这一类", "请从清单中选择", "material"))
    if book.state(file.state).kind == "ended":
        problems.append(
            Problem("材料", f"案件{book.state(file.state).title}", "已终结的案件不再补充材料", "ended")
        )
    refuse_if_any(problems)
    assert paper is not None, "a missing paper is a fault"
    kept = FilePaper.objects.create(
        file=file,
        material=material,
        stored=keep(by, paper),
        after_seq=len(file.acts.all()),
        attached_on=on,
        recorded_by=by.account,
    )
    record(by=by, verb="pledge_file.attach", subject=file, summary=f"{file.number} 附{material}")
    return kept


def keep(by: Membership, paper: Paper) -> StoredFile:
    """Keep a checked paper byte for byte."""
    media_type = MEDIA_TYPES[ending_of(paper.name)]
    return keep_file(by=by, at=timezone.now(), name=paper.name, media_type=media_type, content=paper.content)


@transaction.atomic
def check(*, by: Membership, file_id: UUID, on: dt.date) -> PrecheckRun:
    """Look at the application against every ground on a day, and keep what was found."""
    file = queries.file(viewer=by, file_id=file_id)
    last = reading.last_statement(file)
    if last is None:
        raise Refused(Problem("预检", "还没有填写内容", "请先填写合同与权利", "nothing_stated"))
    return keep_precheck(by, file, last, on)


def keep_precheck(by: Membership, file: RegistrationFile, stated: FileStatement, on: dt.date) -> PrecheckRun:
    """Run the precheck and write it down with the version of the rules."""
    book, found = of_rights.checked(file, on)
    run = PrecheckRun.objects.create(
        file=file,
        statement=stated,
        book=book.id,
        on=on,
        outcome=found.outcome,
        findings=[asdict(one) for one in found.findings],
        declarations=[asdict(one) for one in found.declarations],
        recorded_by=by.account,
    )
    record(
        by=by,
        verb="pledge_file.check",
        subject=file,
        summary=f"预检 {file.number}",
        facts={"outcome": run.outcome},
    )
    return run
