"""How long an estimate takes over the real doors: the guest's page of answers and the page of an enterprise's application.

    PYTHONPATH=bin:. .venv/bin/python -m stack.throwaway .venv/bin/python benchmarks/subsidies_estimate.py

All policies that ship are published in the database; each request goes through every middleware, the queries, the
templates and PostgreSQL, and is rendered whole. Gate first: the guest's answers hold the range that the engine gives at the
ends of the bands, the enterprise's page the amount that `preview` gives. Then ROUNDS requests of each door in turn, for each
region that has a measure of its own, with bands. Goal: half of them within 200 ms of the processor; the clock's time stands
beside it, since on a shared machine it says how busy that is. The first request of the process and the estimate alone,
without the page around it, are told apart.
"""

import datetime as dt
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", SECRET_KEY="benchmark only", ZHIRONG_TESTING="1")

from django.core.management import call_command
from django.test import Client
from django.urls import reverse

import config.wsgi  # noqa: F401  (the web server's own door: it reads beforehand what no request shall wait for)
from finance.subsidies import actions
from finance.subsidies.guest import at_hand
from finance.subsidies.guest.outcomes import estimate
from finance.subsidies.guest.showing import shown
from finance.subsidies.models import Application
from finance.subsidies.pages.previewing import preview
from kernel.days import today
from kernel.money.yuan import yuan_text
from tests.cast import freshly_signed_in, make_cast
from tests.subsidies.ground import ON, Subsidies, two_firms

ROUNDS, GOAL_MS, HOST = 12, 200, "localhost"
ANSWERS = {
    "legal_person": "yes", "industry": "industry", "staff": "20-99", "revenue_wan": "2000-4999.99",
    "right_invention": "2", "right_utility": "1", "until_utility": "2027", "right_trademark": "1",
    "amount_wan": "300-500", "rate_percent": "3.5-4", "term_months": "7-12", "stage": "borrowed", "cover": "none",
}  # fmt: skip


def regions() -> list[str]:
    return sorted({policy.region for policy in at_hand.policies() if policy.offered})


def guest(region: str) -> str:
    return (
        Client(SERVER_NAME=HOST)
        .get(reverse("calculator_answers"), {**ANSWERS, "region": region})
        .content.decode()
    )


def gate_of_the_guest() -> int:
    """The page of every region shows its best range as the engine gives it; how many regions have one."""
    found = 0
    for region in regions():
        answers = at_hand.answers_of({**ANSWERS, "region": region}, today())
        best = estimate(answers, at_hand.ground(today())).best
        page = guest(region)
        if best is not None:
            words = shown(best, at_hand.questions()).amount
            assert words, region
            assert words in page, (region, words)
            found += 1
    return found


def enterprise(room: Subsidies) -> tuple[Client, str, Application]:
    """An owner with a draft that is all but complete, and the address of its page."""
    house = room.cast.enterprise_a
    call = room.open()
    loan = house.organisation.loans_taken.get()
    drafted = actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan.pk, on=ON)
    stated = {"applicant.joint_punishment": False}
    actions.state_facts(by=house.member, application_id=drafted.pk, stated=stated, on=ON)
    result = preview(drafted, ON).result
    assert result is not None
    client, address = (
        freshly_signed_in(house.member.account),
        reverse("subsidies:application", args=[drafted.pk]),
    )
    client.defaults["SERVER_NAME"] = HOST
    page = client.get(address).content.decode()
    assert yuan_text(result.total_fen, grouped=True) in page
    return client, address, drafted


Taken = list[tuple[float, float]]


def timed(job: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds of the processor and of the clock."""
    clock, processor = time.perf_counter(), time.process_time()
    job()
    return (time.process_time() - processor) * 1000, (time.perf_counter() - clock) * 1000


def told(name: str, taken: Taken) -> bool:
    processor, clock = (list(each) for each in zip(*taken, strict=True))
    held = median(processor) <= GOAL_MS
    most = quantiles(clock, n=20)[-1]
    print(
        f"{name:<26}{median(processor):>6.0f}{median(clock):>12.0f}{most:>12.0f}   {'ok' if held else 'MISSED'}"
    )
    return held


def main() -> int:
    call_command("migrate", verbosity=0)
    call_command("load_policies", verbosity=0)
    room = two_firms(make_cast())
    first = timed(lambda: guest("510116"))
    print(f"gate: {gate_of_the_guest()} of {len(regions())} regions show the engine's range")
    client, address, drafted = enterprise(room)
    alone, asked, opened = [], [], []
    for _ in range(ROUNDS):
        alone.append(timed(lambda: preview(drafted, ON)))
        for region in regions():
            asked.append(timed(lambda region=region: guest(region)))
            opened.append(timed(lambda: client.get(address)))
    load = f"{len(at_hand.policies())} policies, load {os.getloadavg()[0]:.1f}"
    print(f"{dt.date.today()}, {len(asked)} requests each, {load}; milliseconds")
    print(f"{'':<26}{'processor':>9}{'clock':>9}{'19 of 20':>12}")
    told("first of the process", [first, first])
    held = [
        told(name, taken)
        for name, taken in (
            ("guest's answers", asked),
            ("enterprise's estimate", alone),
            ("enterprise's page", opened),
        )
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
