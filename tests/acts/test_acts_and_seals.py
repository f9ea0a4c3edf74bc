"""The record of acts: nothing is edited or taken out; a seal covers what has ended, and names what was changed by force."""

import pgtrigger
import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from finance.parties.models import Person
from kernel.acts.actions import record, seal, through
from kernel.acts.models import Act, Seal
from kernel.acts.queries import acts_of, broken_seals


def act(summary: str = "甲", by=None) -> Act:
    with transaction.atomic():
        return record(
            by=by, verb="test.act", subject=Person.objects.create(name="某"), summary=summary, facts={"n": 1}
        )


def as_superuser(url: str, statement: str, *values: object) -> None:
    """Whoever owns the server: past privileges and past triggers."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("SET session_replication_role = replica")
        changed = server.execute(statement, values)
        assert changed.rowcount > 0, "nothing was tampered with"


def test_an_act_outside_a_transaction_is_a_programmers_error(own_database):
    with own_database.as_default():
        somebody = Person.objects.create(name="某")
        with pytest.raises(AssertionError, match="in the transaction"):
            record(by=None, verb="x", subject=somebody, summary="")


@pytest.mark.django_db
def test_an_act_says_who_for_whom_through_which_door_and_about_what(cast):
    maker = cast.bank_a.maker
    with through("portal", "203.0.113.9"):
        written = act(by=maker)
    written.refresh_from_db()
    assert (written.account, written.person, written.wall) == (
        maker.account,
        maker.account.person_id,
        maker.organisation_id,
    )
    assert (written.channel, written.address) == ("portal", "203.0.113.9")
    assert list(acts_of(Person.objects.get(pk=written.subject_id))) == [written]
    assert act().channel == "system"


@pytest.mark.django_db
def test_an_act_falls_with_the_transaction_that_it_tells_of():
    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  (the transaction is what is undone)
        act()
        raise RuntimeError("it did not happen")
    assert not Act.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["acts_act", "acts_seal"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE", "ALTER TABLE {} DISABLE TRIGGER ALL"],
)
def test_raw_sql_of_the_product_does_not_reach_it(table, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


@pytest.mark.parametrize("table", ["acts_act", "acts_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_nor_does_the_owners_while_the_triggers_stand(own_database, table, statement):
    with own_database.as_default():
        act()
        seal()
    with (
        psycopg.connect(own_database.owner_url) as owner,
        pytest.raises(psycopg.IntegrityError, match="只能追加"),
    ):
        owner.execute(statement.format(table))


def test_a_seal_covers_what_has_ended_and_not_what_is_still_open(own_database):
    with own_database.as_default():
        before = act("先")
        with psycopg.connect(own_database.url) as open_one:
            (number,) = open_one.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
            after = act("后")
            first = seal()
            assert (first.count, first.until) == (1, number)
            assert before.transaction < first.until <= after.transaction
            assert seal() is None, "nothing new has ended"
        second = seal()
        assert (second.count, second.first, second.previous) == (1, first.until, first)
        assert seal() is None
        assert broken_seals() == []


def test_what_an_open_transaction_writes_late_is_in_the_next_seal(own_database):
    """The act of a long transaction, written after a later one was sealed: it does not slip in behind the seal."""
    columns = "channel, address, verb, subject_type, subject_id, summary, facts"
    with own_database.as_default():
        act("寻常")
        with psycopg.connect(own_database.url) as slow:
            slow.execute("SELECT pg_current_xact_id()")
            act("在其后")
            seal()
            slow.execute(f"INSERT INTO acts_act ({columns}) VALUES ('c', '', 'v', 't', '1', '迟写', '{{}}')")
            slow.commit()
        act("最后")
        seal()
        assert Act.objects.count() == sum(Seal.objects.values_list("count", flat=True)) == 4
        assert broken_seals() == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE acts_act SET summary = '乙' WHERE id = %s", "封存后被改动"),
        ("UPDATE acts_act SET facts = '{\"n\": 2}' WHERE id = %s", "封存后被改动"),
        ("UPDATE acts_act SET at = at - interval '1 day' WHERE id = %s", "封存后被改动"),
        ("UPDATE acts_act SET account_id = NULL, person = gen_random_uuid() WHERE id = %s", "封存后被改动"),
        ("UPDATE acts_act SET transaction = transaction + 1000000 WHERE id = %s", "封存后被删除或移出"),
        ("DELETE FROM acts_act WHERE id = %s", "封存后被删除或移出"),
    ],
)
def test_a_row_changed_by_force_is_named(own_database, statement, told):
    with own_database.as_default():
        acts = [act(f"第{n}件") for n in range(3)]
        seal()
        act("另一封存")
        seal()
        assert broken_seals() == []
        as_superuser(own_database.superuser_url, statement, acts[1].pk)
        first = Seal.objects.order_by("until")[0]
        found = broken_seals()
        assert found[0].startswith(f"封存 {first.pk}（事务")
        assert found[1:] == [f"审计记录 {acts[1].pk}：{told}"]


def test_a_row_slipped_in_by_force_is_named(own_database):
    with own_database.as_default():
        first = act()
        seal()
        names = "at, transaction, channel, address, verb, subject_type, subject_id, summary, facts"
        as_superuser(
            own_database.superuser_url,
            f"INSERT INTO acts_act ({names}) SELECT {names} FROM acts_act WHERE id = %s",
            first.pk,
        )
        assert broken_seals()[1:] == [f"审计记录 {Act.objects.latest('id').pk}：封存后被插入"]


def test_a_changed_act_with_a_seal_made_to_fit_it_breaks_the_chain(own_database):
    """Whoever rewrites a seal must rewrite all later ones; the digest kept outside the machine then no longer fits."""
    with own_database.as_default():
        first = act()
        seal()
        act()
        seal()
        as_superuser(own_database.superuser_url, "UPDATE acts_act SET summary = '乙' WHERE id = %s", first.pk)
        from kernel.acts.queries import digest_of

        one, two = Seal.objects.order_by("until")
        digest, leaves = digest_of(one.first, one.until, "")
        as_superuser(
            own_database.superuser_url,
            "UPDATE acts_seal SET digest = %s, leaves = %s WHERE id = %s",
            digest,
            leaves,
            one.pk,
        )
        (found,) = broken_seals()
        assert found.startswith(f"封存 {two.pk}（")


def test_a_seal_taken_out_of_the_middle_is_missed(own_database):
    with own_database.as_default():
        for _ in range(3):
            act()
            seal()
        _, middle, last = Seal.objects.order_by("until")
        as_superuser(own_database.superuser_url, "DELETE FROM acts_seal WHERE id = %s", middle.pk)
        assert f"封存 {last.pk}：与前一封存不相接" in broken_seals()


def test_a_database_restored_among_lower_transaction_numbers_is_told(own_database):
    """Its new acts would carry numbers that are sealed already."""
    with own_database.as_default():
        act()
        seal()
        as_superuser(own_database.superuser_url, "UPDATE acts_seal SET until = until + 1000000000")
        assert any("还原" in sentence for sentence in broken_seals())


def test_every_kind_of_row_that_is_append_only_is_meant_to_be():
    """A table that loses its triggers is noticed here, not by an auditor."""
    declared = {
        model.__name__
        for model, trigger in pgtrigger.registered()
        if trigger.name == "rows_are_never_deleted"
    }
    assert declared >= {
        *(
            "Act",
            "Seal",
            "Journal",
            "Transfer",
            "StatedBalance",
            "Apportionment",
            "BorneShare",
            "Payment",
            "Recovery",
        ),
        *(
            "ReturnedShare",
            "ClaimEvidence",
            "LoanTerms",
            "LoanReturn",
            "FilingRow",
            "IssuedDocument",
            "StoredFile",
        ),
        *(
            "PledgeRegistration",
            "PledgeEvent",
            "PledgedRight",
            "EnterpriseFact",
            "EnterpriseFigures",
            "CreditFact",
            "PayeeAccount",
            "AdoptedScheme",
        ),
        *("EnrolmentRefusal", "CalendarYear", "SpecialDay", "PolicySpan"),
    }
