"""`manage.py load_calendars [FILE...]`: load the working days of policies/calendars, or of the files
given."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kernel.calendars.actions import load_calendars
from kernel.errors import Refused

_OUTCOMES = {"new": "新载入", "changed": "已更新，保留旧版本", "same": "无变化"}


class Command(BaseCommand):
    help = "载入工作日历（国务院办公厅节假日安排）；重复载入不产生变化"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="*", type=Path, help="日历文件；不填则载入 policies/calendars 全部文件"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        paths = options["files"] or sorted((Path(settings.POLICIES_DIR) / "calendars").glob("*.yaml"))
        try:
            loaded = load_calendars(paths)
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        for year in loaded:
            days = (
                f"，变动日期：{'、'.join(map(str, year.days_changed))}" if year.outcome == "changed" else ""
            )
            self.stdout.write(f"{year.year}：{_OUTCOMES[year.outcome]}{days}")
