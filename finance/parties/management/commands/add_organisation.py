"""`manage.py add_organisation`: record an organisation in an installation without demonstration data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from finance.parties.actions import found_organisation
from finance.parties.models import Organisation
from kernel.acts.actions import through
from kernel.errors import Refused


class Command(BaseCommand):
    help = "登记一个机构（银行、财政部门、担保机构、企业等）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kind", help="类别：" + "、".join(f"{k}={label}" for k, label in Organisation.Kind.choices)
        )
        parser.add_argument("code", help="本平台内唯一的机构代码，如 CQYZ-A")
        parser.add_argument("name", help="全称")
        parser.add_argument("--short-name", default="", help="简称，缺省为全称")
        parser.add_argument("--credit-code", default="", help="统一社会信用代码")
        parser.add_argument("--region", default="", help="六位行政区划代码（GB/T 2260），如 500103")
        parser.add_argument("--district", default="", help="区县名称")

    def handle(self, *args: Any, **options: Any) -> None:
        stated = {
            key: options[key]
            for key in ("kind", "code", "name", "short_name", "credit_code", "region", "district")
        }
        try:
            with through("command"):
                organisation = found_organisation(by=None, **stated)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"已登记：{organisation.get_kind_display()} {organisation.code} {organisation.name}"
        )
