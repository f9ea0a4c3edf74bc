"""The cast that is put back is the cast that was founded."""

import pytest
from django.db import connection, transaction
from django.urls import reverse

from finance.parties.models import Account, Membership, Organisation
from kernel.acts.models import Act
from tests import remembered
from tests.cast import PASSWORD, Cast, make_cast


def rows_of_all_tables() -> dict[str, int]:
    return {table: count for table, count in remembered._counts().items() if count}


@pytest.mark.django_db
@pytest.mark.parametrize("time", ["first", "second"])
def test_put_back_rows_are_the_same_and_of_this_transaction(time: str) -> None:
    with transaction.atomic():
        make_cast()
        founded = rows_of_all_tables()
        transaction.set_rollback(True)
    assert founded["parties_organisation"] == 10
    assert founded["acts_act"] > 10
    cast = remembered.founded_cast()
    assert rows_of_all_tables() == founded
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        (number,) = cursor.fetchone()
    assert set(Act.objects.values_list("transaction", flat=True)) == {number}
    for place, member in cast.everybody.items():
        stored = Membership.objects.select_related("account__person", "organisation").get(pk=member.pk)
        assert (stored.role, stored.account, stored.organisation.name, stored.account.person.name) == (
            member.role,
            member.account,
            member.organisation.name,
            member.account.person.name,
        ), place
    assert Account.objects.get(username="a-maker").check_password(PASSWORD)
    assert cast.signed_in(cast.bank_a.maker).get(reverse("home")).status_code == 200


@pytest.mark.django_db
def test_what_one_test_does_to_its_cast_is_not_seen_by_the_next(cast: Cast) -> None:
    assert cast.bank_a.organisation.name == "重庆渝中甲银行股份有限公司"
    assert cast.bank_a.maker.organisation == cast.bank_a.organisation
    again = remembered._remembered[0].cast
    assert again.bank_a.organisation is not cast.bank_a.organisation
    assert Organisation.objects.filter(pk=cast.bank_a.organisation.pk).exists()
