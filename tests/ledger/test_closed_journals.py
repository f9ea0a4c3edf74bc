"""A journal and an approval are closed when their transaction ends: real commits, so a database of its own."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from riskpool.ledger import actions
from riskpool.ledger.models import Transfer
from riskpool.ledger.rules import Line, leaves
from tests.cast import make_cast
from tests.two_persons import approved


def test_nothing_is_added_to_a_journal_nor_paid_on_an_approval_of_an_earlier_transaction(own_database):
    with own_database.as_default():
        cash = actions.open_account(code="c", title="c", book="custody", bound="debit")
        free = actions.open_account(code="f", title="f", book="custody", bound="credit")
        journal = actions.post(
            key="contribution:1", kind="contribution", day=dt.date(2026, 11, 20), memo="",
            lines=[Line(cash.pk, free.pk, 500)],
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="不得再加分录"), transaction.atomic():
            Transfer.objects.create(journal=journal, seq=2, debit=cash, credit=free, amount=1)
        fee = {
            "kind": "account_fee",
            "day": dt.date(2026, 11, 20),
            "memo": "",
            "lines": [Line(free.pk, cash.pk, 5)],
        }
        cast = make_cast()
        with transaction.atomic():
            approval = approved(cast, leaves=leaves("account_fee", [("", cash.pk, 5)]))
            actions.post(key="fee:1", approval=approval, **fee)
        with transaction.atomic():
            unused = approved(cast)
        with pytest.raises(IntegrityError, match="所依据的复核不成立"):
            actions.post(key="fee:2", approval=unused, **fee)
