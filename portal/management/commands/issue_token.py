"""`manage.py issue_token --username NAME`: a token for a machine, shown once; `--revoke` makes it void."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from finance.parties.models import Account
from kernel.acts.actions import through
from kernel.errors import Refused
from portal.tokens import issue, revoke

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "为一个账号发放接口令牌（只显示这一次，原令牌作废）；--revoke 收回"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", required=True, metavar="NAME", help="账号的登录名")
        parser.add_argument("--revoke", action="store_true", help="收回令牌")

    def handle(self, *args: Any, **options: Any) -> None:
        account = Account.objects.filter(username=options["username"]).first()
        if account is None:
            raise CommandError(f"没有账号 {options['username']}")
        with through("command"):
            try:
                if options["revoke"]:
                    had_one = revoke(account=account, operator=getpass.getuser())
                    self.stdout.write("已收回令牌" if had_one else "该账号没有令牌")
                    return
                secret = issue(account=account, operator=getpass.getuser())
            except Refused as refused:
                raise CommandError(str(refused)) from None
        self.stderr.write("令牌只显示这一次，请立即存入调用方的密钥库：")
        self.stdout.write(secret)
