"""`manage.py outbox`: what waits and what was set aside; `--again KEY` lets one of them be tried anew.

Exit code 1 while anything is set aside, so that whoever watches the machine can be told.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from kernel.acts.actions import through
from kernel.errors import Refused
from kernel.work.models import OutboxMessage
from kernel.work.outbox import take_up_again
from kernel.work.queries import set_aside

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "查看待办与被搁置的后台任务；--again 重新办理其中一件"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", metavar="KEY", help="重新办理这件被搁置的任务")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["again"]:
            try:
                with through("command"):
                    take_up_again(effect_key=options["again"])
            except Refused as refused:
                raise CommandError(str(refused)) from None
            self.stdout.write(f"将重新办理 {options['again']}")
            return
        waiting = OutboxMessage.objects.filter(state=OutboxMessage.State.PENDING).count()
        given_up = list(set_aside())
        self.stdout.write(f"待办 {waiting} 件，搁置 {len(given_up)} 件")
        for message in given_up:
            reason = message.last_error.strip().rpartition("\n")[2]
            self.stdout.write(f"  {message.effect_key}（试过 {message.tries} 次）：{reason}")
        if given_up:
            sys.exit(1)
