"""Founding organisations, enrolling people, ending rights, changing payee accounts, recording facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.work.approvals import ask, executes

from .models import Account, EnterpriseFact, Membership, Organisation, PayeeAccount, Person
from .queries import payee_in_force
from .rules import checked_credit_code, plain_credit_code, why_no_credit_code
from .seats import ROLES_OF_KIND, permit

if TYPE_CHECKING:
    import datetime as dt

    from kernel.work.models import Approval

_PAYEE_MAKERS = (
    *("bank.maker", "guarantor.officer", "insurer.officer", "enterprise.owner"),
    *("finance_bureau.officer", "fund_manager.officer"),
)
_PAYEE_CHECKERS = (
    *("bank.checker", "guarantor.officer", "insurer.officer", "enterprise.owner"),
    *("finance_bureau.approver", "fund_manager.approver"),
)


@in_chinese
@transaction.atomic
def found_organisation(
    *,
    by: Membership | None = None,
    kind: str,
    code: str,
    name: str,
    short_name: str = "",
    credit_code: str = "",
    region: str = "",
    district: str = "",
) -> Organisation:
    """Record an organisation under its own code. Refused: an unknown kind, a code or credit code already used.

    A credit code whose check character fails is accepted: lawful early codes exist (GB 32100-2015); its shape is not
    negotiable. `region` is the six digits of GB/T 2260.
    """
    credit_code = plain_credit_code(credit_code)
    problems = _faults_of_organisation(kind, code, name, credit_code, region)
    refuse_if_any(problems)
    organisation = Organisation.objects.create(
        kind=kind,
        code=code,
        name=name,
        short_name=short_name or name[:40],
        credit_code=credit_code,
        region=region,
        district=district,
    )
    record(
        by=by,
        verb="organisation.found",
        subject=organisation,
        summary=f"登记机构：{name}",
        facts={"kind": kind},
    )
    return organisation


def _faults_of_organisation(kind: str, code: str, name: str, credit_code: str, region: str) -> list[Problem]:
    problems = []
    if kind not in Organisation.Kind.values:
        problems.append(
            Problem("机构类别", kind or "未填写", f"请填写其中之一：{'、'.join(Organisation.Kind.values)}")
        )
    if not code.strip():
        problems.append(Problem("机构代码", "未填写", "请填写本平台内唯一的代码"))
    if not name.strip():
        problems.append(Problem("机构名称", "未填写", "请填写全称"))
    if credit_code and checked_credit_code(credit_code) is None:
        found, wanted = why_no_credit_code(credit_code), "请对照营业执照填写 18 位大写字母和数字"
        problems.append(Problem("统一社会信用代码", found, wanted))
    if region and not (region.isascii() and region.isdigit() and len(region) == 6):
        problems.append(Problem("行政区划代码", region, "应为 6 位数字"))
    if Organisation.objects.filter(code=code).exists():
        problems.append(Problem("机构代码", f"{code} 已使用", "请换用其他代码", code="code_used"))
    if credit_code and Organisation.objects.filter(credit_code=credit_code).exists():
        found = f"{credit_code} 已登记"
        problems.append(Problem("统一社会信用代码", found, "请核对是否为同一机构", code="credit_code_used"))
    return problems


@in_chinese
@transaction.atomic
def enrol_person(
    *,
    by: Membership | None = None,
    organisation: Organisation,
    role: str,
    name: str,
    username: str,
    password: str | None = None,
    person: Person | None = None,
) -> Membership:
    """Give a person an account with a role in an organisation. Everything wrong is told at once.

    `person` names somebody who is known already (a second account of one person is still one person). An account that
    exists under `username` and belongs to that very person gets the role in addition; its password stays.
    """
    account = Account.objects.filter(username=username).select_related("person").first()
    problems = _faults_of_role(organisation, role)
    if account is not None and (person is None or account.person_id != person.pk):
        problems.append(Problem("登录名", f"{username} 已使用", "请换用其他登录名", code="username_used"))
    if not username.strip():
        problems.append(Problem("登录名", "未填写", "请填写登录名"))
    if account is None and password is not None:
        problems += _faults_of_password(password, Account(username=username))
    refuse_if_any(problems)
    if account is None:
        person = person or Person.objects.create(name=name)
        account = Account.objects.create_user(username=username, password=password, person=person)
    membership, new = Membership.objects.get_or_create(
        account=account, organisation=organisation, role=role, until__isnull=True
    )
    if new:
        who = f"{account.person.name}：{organisation.short_name}{membership.get_role_display()}"
        record(
            by=by,
            verb="membership.begin",
            subject=membership,
            summary=f"授予岗位 {who}",
            facts={"role": role},
        )
    return membership


def _faults_of_role(organisation: Organisation, role: str) -> list[Problem]:
    roles = ROLES_OF_KIND[organisation.kind]
    if role in roles:
        return []
    return [
        Problem("岗位", role or "未填写", f"{organisation.get_kind_display()}的岗位为：{'、'.join(roles)}")
    ]


def _faults_of_password(password: str, account: Account) -> list[Problem]:
    try:
        validate_password(password, user=account)
    except ValidationError as fault:
        return [Problem("密码", "不够安全", "；".join(fault.messages), code="weak_password")]
    return []


@in_chinese
@transaction.atomic
def end_membership(*, by: Membership | None = None, membership: Membership) -> Membership:
    """Withdraw a role; it takes effect on the next request. Ending it twice is refused."""
    held = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
    if held.until is not None:
        raise Refused(Problem("岗位", "已终止", "无需再次终止", code="already_ended"))
    held.until = timezone.now()
    held.save(update_fields=["until"])
    record(by=by, verb="membership.end", subject=held, summary=f"终止岗位 {held}")
    return held


@in_chinese
@transaction.atomic
def propose_payee_account(*, by: Membership, holder: str, bank_name: str, number: str) -> Approval:
    """Ask another person of one's own organisation to change the account it is paid on."""
    permit(by, *_PAYEE_MAKERS)
    holder, bank_name, number = holder.strip(), bank_name.strip(), number.replace(" ", "")
    problems = [
        Problem(where, "未填写", "请填写")
        for where, text in (("户名", holder), ("开户银行", bank_name), ("账号", number))
        if not text
    ]
    if number and not (number.isascii() and number.isdigit() and 8 <= len(number) <= 40):
        problems.append(Problem("账号", "不是 8 至 40 位数字", "请按开户许可填写账号，只填数字"))
    refuse_if_any(problems)
    before = payee_in_force(by.organisation)
    return ask(
        by=by,
        kind="parties.change_payee",
        command={"holder": holder, "bank_name": bank_name, "number": number},
        subject=by.organisation,
        summary=f"{by.organisation.name}收款账户变更为 {holder}（尾号{number[-4:]}）",
        basis={
            "before": str(before.pk) if before else None,
            "before_text": str(before) if before else "（尚无）",
        },
    )


@executes("parties.change_payee")
def change_payee(approval: Approval, by: Membership) -> PayeeAccount:
    """Write the approved account; refused when the account in force has changed since it was asked."""
    permit(by, *_PAYEE_CHECKERS)
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=approval.subject_id)
    before = payee_in_force(organisation)
    if (str(before.pk) if before else None) != approval.basis["before"]:
        raise Refused(
            Problem("收款账户", "提出后现行账户已变更", "请退回并由经办人重新提出", code="basis_moved")
        )
    return PayeeAccount.objects.create(organisation=organisation, approval=approval, **approval.command)


@in_chinese
@transaction.atomic
def record_fact(
    *, by: Membership | None, enterprise: Organisation, name: str, value: str, about: dt.date, source: str
) -> EnterpriseFact:
    """Add one statement about an enterprise as of a day. An enterprise states only its own facts."""
    assert enterprise.kind == Organisation.Kind.ENTERPRISE, enterprise.kind
    if (
        by is not None
        and by.organisation.kind == Organisation.Kind.ENTERPRISE
        and by.organisation_id != enterprise.pk
    ):
        raise Refused(Problem("企业", "不是本企业", "只能填报本企业的情况", code="not_permitted"))
    refuse_if_any(
        Problem(where, "未填写", "请填写")
        for where, text in (("事项", name), ("内容", value), ("来源", source))
        if not text.strip()
    )
    fact = EnterpriseFact.objects.create(
        enterprise=enterprise,
        name=name,
        value=value,
        about=about,
        source=source,
        recorded_by=by.account if by else None,
    )
    record(
        by=by,
        verb="fact.record",
        subject=enterprise,
        summary=f"记录{name}：{value}",
        facts={"about": about.isoformat()},
    )
    return fact
