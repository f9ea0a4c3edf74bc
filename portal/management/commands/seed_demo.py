"""`manage.py seed_demo`: the demonstration's organisations, loans, returns and claims, by the product's own actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from finance.parties.models import Organisation
from kernel.acts.actions import seal, through
from kernel.days import today
from portal.demo.story import tell


class Command(BaseCommand):
    help = "写入演示数据（只能写入空的数据库）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=dt.date.fromisoformat, default=None, help="演示的业务日，默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        if Organisation.objects.exists():
            raise CommandError("数据库里已有机构，演示数据只写入空库；如要重来请先 make reset")
        # thousands of small transactions need not each wait for the disk: a demonstration cut short is begun anew
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")
        with through("demo"):
            tell(options["day"] or today(), self.stdout.write)
        seal()
        self.stdout.write("演示数据已写入")
