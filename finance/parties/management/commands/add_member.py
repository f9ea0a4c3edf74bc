"""`manage.py add_member`: give a person an account with a role; the password is asked for, never an argument."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from finance.parties.actions import enrol_person
from finance.parties.queries import organisation_by_code
from finance.parties.seats import ROLES_OF_KIND
from kernel.acts.actions import through
from kernel.errors import Refused


class Command(BaseCommand):
    help = "为某机构的人员开通账号并授予岗位（口令在提示后输入，或由标准输入给出一行）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="机构代码")
        parser.add_argument(
            "role", help="岗位：" + "；".join(f"{k}：{'、'.join(r)}" for k, r in ROLES_OF_KIND.items())
        )
        parser.add_argument("username", help="登录名")
        parser.add_argument("name", help="姓名")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation = organisation_by_code(options["organisation"])
            with through("command"):
                member = enrol_person(
                    by=None,
                    organisation=organisation,
                    role=options["role"],
                    name=options["name"],
                    username=options["username"],
                    password=self.password(),
                )
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"已开通：{member}，登录名 {member.account.username}")

    def password(self) -> str:
        """Asked twice at a terminal, one line from a pipe."""
        if not sys.stdin.isatty():
            return sys.stdin.readline().rstrip("\n")
        first, second = getpass.getpass("口令："), getpass.getpass("再输一次：")
        if first != second:
            raise CommandError("两次输入的口令不一致，请重试")
        return first
