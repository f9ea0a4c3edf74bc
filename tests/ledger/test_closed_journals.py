"""A journal is closed when its transaction ends: real commits, so a database of its own."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from riskpool.ledger import actions
from riskpool.ledger.models import Transfer
from riskpool.ledger.rules import Line


def test_a_transfer_added_to_a_journal_of_an_earlier_transaction_is_refused(own_database):
    with own_database.as_default():
        cash = actions.open_account(code="c", title="c", book="custody", bound="debit")
        free = actions.open_account(code="f", title="f", book="custody", bound="credit")
        journal = actions.post(
            key="contribution:1", kind="contribution", day=dt.date(2026, 11, 20), memo="",
            lines=[Line(cash.pk, free.pk, 500)],
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="不得再加分录"), transaction.atomic():
            Transfer.objects.create(journal=journal, seq=2, debit=cash, credit=free, amount=1)
