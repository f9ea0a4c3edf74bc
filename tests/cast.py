"""One cast for all tests, built by the product's own actions: who they are and where they sit.

`cast.bank_a.maker` is a membership: the `viewer` of a query, the `by` of an action. `cast.signed_in(member)` is a test
client that has just logged in as him. The stranger has an account and no membership.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, fields

from django.test import Client

from finance.parties.actions import enrol_person, found_organisation
from finance.parties.models import Account, Membership, Organisation, Person
from finance.parties.rules import credit_code_check_character, organisation_check_character

PASSWORD = "知融测试口令-2026"


@dataclass(frozen=True)
class Bank:
    organisation: Organisation
    maker: Membership
    checker: Membership


@dataclass(frozen=True)
class Office:
    """A bureau or a fund manager: one prepares, one signs."""

    organisation: Organisation
    officer: Membership
    approver: Membership


@dataclass(frozen=True)
class House:
    """An organisation with a single seat: guarantor, IP bureau, auditor, enterprise."""

    organisation: Organisation
    member: Membership

    @property
    def officer(self) -> Membership:
        return self.member

    @property
    def owner(self) -> Membership:
        return self.member

    @property
    def clerk(self) -> Membership:
        return self.member


@dataclass(frozen=True)
class Cast:
    bank_a: Bank
    bank_b: Bank
    guarantor: House
    city_bureau: Office
    district_bureau: Office
    fund_manager: Office
    enterprise_a: House
    enterprise_b: House
    ip_bureau: House
    auditor: House
    stranger: Account

    @property
    def everybody(self) -> dict[str, Membership]:
        """Every membership by its place in the cast: `bank_a.maker`, `auditor.member`, ..."""
        return {
            f"{house.name}.{seat.name}": getattr(getattr(self, house.name), seat.name)
            for house in fields(self)
            if house.name != "stranger"
            for seat in fields(getattr(self, house.name))
            if seat.name != "organisation"
        }

    @staticmethod
    def signed_in(who: Membership | Account) -> Client:
        """A client that has just given its password, so that a payout does not ask for it again."""
        return freshly_signed_in(who)


def freshly_signed_in(who: Membership | Account) -> Client:
    account = who.account if isinstance(who, Membership) else who
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["account_authentication_methods_user"] = str(account.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    if isinstance(who, Membership):
        session["membership"] = str(who.pk)
    session.save()
    return client


_numbers = itertools.count(1)


def credit_code(region: str = "500103") -> str:
    """A credit code with right check characters, never given twice in one run.

    >>> code = credit_code()
    >>> len(code), code[:8]
    (18, '91500103')
    """
    body = f"MA{next(_numbers):06d}"
    first17 = f"91{region}{body}{organisation_check_character(body)}"
    return first17 + credit_code_check_character(first17)


# place in the cast: kind, code, name, region, whether a credit code, role -> (log-in, person)
HOUSES: dict[str, tuple[str, str, str, str, bool, dict[str, tuple[str, str]]]] = {
    "bank_a": (
        *("bank", "CQYZ-A", "重庆渝中甲银行股份有限公司", "500103", True),
        {"maker": ("a-maker", "安经办"), "checker": ("a-checker", "安复核")},
    ),
    "bank_b": (
        *("bank", "CQYZ-B", "重庆渝中乙银行股份有限公司", "500103", True),
        {"maker": ("b-maker", "白经办"), "checker": ("b-checker", "白复核")},
    ),
    "guarantor": (
        "guarantor",
        "CQDB",
        "重庆融资担保有限公司",
        "500000",
        True,
        {"officer": ("guarantor", "担经办")},
    ),
    "city_bureau": (
        *("finance_bureau", "CQCZ", "重庆市财政局", "500000", False),
        {"officer": ("city-officer", "程经办"), "approver": ("city-approver", "程签批")},
    ),
    "district_bureau": (
        *("finance_bureau", "YZCZ", "重庆市渝中区财政局", "500103", False),
        {"officer": ("district-officer", "渝经办"), "approver": ("district-approver", "渝签批")},
    ),
    "fund_manager": (
        *("fund_manager", "CQJJ", "重庆风险补偿基金管理有限公司", "500000", True),
        {"officer": ("fund-officer", "冯经办"), "approver": ("fund-approver", "冯签批")},
    ),
    "enterprise_a": (
        "enterprise",
        "E-A",
        "重庆山城精密仪器有限公司",
        "500103",
        True,
        {"owner": ("owner-a", "山老板")},
    ),
    "enterprise_b": (
        "enterprise",
        "E-B",
        "重庆两江软件有限公司",
        "500103",
        True,
        {"owner": ("owner-b", "江老板")},
    ),
    "ip_bureau": ("ip_bureau", "CQZC", "重庆市知识产权局", "500000", False, {"clerk": ("clerk", "支窗口")}),
    "auditor": ("auditor", "CQSJ", "重庆市审计局", "500000", False, {"auditor": ("auditor", "申审计")}),
}


def _house(place: str) -> Bank | Office | House:
    kind, code, name, region, has_credit_code, people = HOUSES[place]
    organisation = found_organisation(
        kind=kind,
        code=code,
        name=name,
        region=region,
        credit_code=credit_code(region) if has_credit_code else "",
    )
    members = {
        role: enrol_person(
            organisation=organisation, role=role, name=person, username=username, password=PASSWORD
        )
        for role, (username, person) in people.items()
    }
    if kind == "bank":
        return Bank(organisation, **members)
    if len(members) == 2:
        return Office(organisation, **members)
    return House(organisation, *members.values())


def make_cast() -> Cast:
    """Found everybody; for tests with a database of their own too."""
    stranger = Account.objects.create_user(
        username="stranger", password=PASSWORD, person=Person.objects.create(name="莫相干")
    )
    return Cast(**{place: _house(place) for place in HOUSES}, stranger=stranger)
