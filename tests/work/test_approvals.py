"""Two persons: what one asked for, another decides; once, unchanged, and not by himself under another name."""

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from finance.parties.actions import enrol_person
from finance.parties.models import Person
from kernel.acts.models import Act
from kernel.errors import Problem, Refused
from kernel.work import approvals
from kernel.work.models import Approval
from kernel.work.queries import asked_and_waiting, to_decide
from tests.cast import PASSWORD, make_cast
from tests.work.at_once import at_once

KIND = "test.rename"

if KIND not in approvals._executors:

    @approvals.executes(KIND)
    def rename(approval, by):
        """Carries out the stored command; refuses a name that somebody bears already."""
        name = approval.command["name"]
        if Person.objects.filter(name=name).exists():
            raise Refused(Problem("姓名", "已被使用", "请换一个", code="basis_moved"))
        return Person.objects.create(name=name)

    @approvals.sent_back(KIND)
    def note_that_it_came_back(approval):
        Person.objects.create(name=f"{approval.command['name']} came back")


def ask(cast, by=None, name="新名", subject=None):
    return approvals.ask(
        by=by or cast.bank_a.maker,
        kind=KIND,
        command={"name": name},
        subject=subject or cast.enterprise_a.organisation,
        summary=f"改名为{name}",
        basis={"of": "昨日"},
    )


def second_account_of(member, role="checker"):
    """The same natural person, another log-in, in the checker's seat."""
    return enrol_person(
        organisation=member.organisation, role=role, name="同一人", username="second-log-in", password=PASSWORD,
        person=member.account.person,
    )  # fmt: skip


def born(name="新名"):
    return Person.objects.filter(name=name).count()


@pytest.mark.django_db
def test_what_a_second_person_approves_is_carried_out_as_it_was_stored(cast):
    asked = ask(cast)
    assert born() == 0
    outcome = approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
    asked.refresh_from_db()
    assert (outcome.name, asked.state, born()) == ("新名", "executed", 1)
    assert (asked.maker, asked.checker) == (cast.bank_a.maker.account, cast.bank_a.checker.account)
    verbs = Act.objects.filter(subject_id=str(asked.pk)).order_by("id").values_list("verb", "person")
    maker, checker = cast.bank_a.maker.account.person_id, cast.bank_a.checker.account.person_id
    assert list(verbs) == [("approval.ask", maker), ("approval.approve", checker)]


@pytest.mark.django_db
def test_the_maker_is_not_the_checker_neither_by_this_account_nor_by_his_other(cast):
    asked = ask(cast)
    other_self = second_account_of(cast.bank_a.maker)
    for himself in (cast.bank_a.maker, other_self):
        for decide in (approvals.approve, lambda **given: approvals.decline(**given, reason="不妥")):
            with pytest.raises(Refused) as refused:
                decide(by=himself, approval_id=asked.pk)
            assert refused.value.problems[0].code == "maker_is_checker"
    assert list(to_decide(viewer=other_self, kinds=[KIND])) == []
    assert list(to_decide(viewer=cast.bank_a.checker, kinds=[KIND])) == [asked]
    assert born() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("as_whom", "holding"),
    [
        ("the maker himself", "the_maker_is_not_the_checker_as"),
        ("the maker's other account", "the_maker_is_not_the_checker_as_persons"),
        ("the maker's other account under a borrowed person", "foreign key"),
        ("nobody", "a_decided_approval_has_a_checker"),
    ],
)
def test_raw_sql_cannot_make_one_person_two(cast, as_whom, holding):
    asked = ask(cast)
    maker, other = cast.bank_a.maker.account, second_account_of(cast.bank_a.maker).account
    borrowed = cast.bank_a.checker.account.person_id
    account, person = {
        "the maker himself": (maker.pk, maker.person_id),
        "the maker's other account": (other.pk, other.person_id),
        "the maker's other account under a borrowed person": (other.pk, borrowed),
        "nobody": (None, None),
    }[as_whom]
    decided = "UPDATE work_approval SET state = 'executed', decided_at = now(), checker_id = %s, checker_person = %s"
    with pytest.raises(IntegrityError, match=holding), connection.cursor() as cursor:  # noqa: PT012  (the database refuses at whichever statement)
        cursor.execute(f"{decided} WHERE id = %s", [account, person, asked.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
def test_another_organisation_finds_no_such_approval(cast):
    asked = ask(cast)
    for outsider in (cast.bank_b.checker, cast.city_bureau.approver, cast.enterprise_a.owner):
        for decide in (
            approvals.approve,
            approvals.withdraw,
            lambda **given: approvals.decline(**given, reason="x"),
        ):
            with pytest.raises(Approval.DoesNotExist):
                decide(by=outsider, approval_id=asked.pk)
    asked.refresh_from_db()
    assert asked.state == "asked"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    ["command = '{\"name\": \"别名\"}'", "command_sha256 = repeat('0', 64)", "basis = '{}'", "kind = 'x'",
     "subject_id = 'x'", "wall = gen_random_uuid()", "maker_person = gen_random_uuid()", "made_at = now()"],
)  # fmt: skip
def test_what_was_asked_cannot_be_edited_by_raw_sql(cast, change):
    asked = ask(cast)
    with pytest.raises(IntegrityError, match="不得改动"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE work_approval SET {change} WHERE id = %s", [asked.pk])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE work_approval SET state = 'asked'",
        "UPDATE work_approval SET reason = '另有原因'",
        "DELETE FROM work_approval",
        "TRUNCATE work_approval CASCADE",
    ],
)
def test_a_decision_is_final_for_raw_sql_too(cast, statement):
    approvals.approve(by=cast.bank_a.checker, approval_id=ask(cast).pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_an_approval_cannot_be_written_as_already_decided(cast):
    asked = ask(cast)
    columns = [field.column for field in Approval._meta.fields if field.column not in ("id", "state")]
    copied = ", ".join(columns)
    with (
        pytest.raises(IntegrityError, match="须先由经办人提出"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"INSERT INTO work_approval (id, state, {copied})"
            f" SELECT gen_random_uuid(), 'withdrawn', {copied} FROM work_approval WHERE id = %s",
            [asked.pk],
        )


def test_a_command_edited_by_whoever_owns_the_server_is_not_carried_out(own_database):
    with own_database.as_default():
        cast = make_cast()
        asked = ask(cast)
        with psycopg.connect(own_database.superuser_url, autocommit=True) as superuser:
            superuser.execute("SET session_replication_role = replica")
            superuser.execute('UPDATE work_approval SET command = \'{"name": "张冠李戴"}\'')
        with pytest.raises(Refused) as refused:
            approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
        assert refused.value.problems[0].code == "command_changed"
        assert born("张冠李戴") == 0


@pytest.mark.django_db
def test_it_is_decided_once(cast):
    asked = ask(cast)
    approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
    for decide in (approvals.approve, lambda **given: approvals.decline(**given, reason="迟了")):
        with pytest.raises(Refused) as refused:
            decide(by=cast.bank_a.checker, approval_id=asked.pk)
        assert refused.value.problems[0].code == "already_decided"
    assert born() == 1


def test_ten_checkers_at_one_moment_decide_it_once(own_database):
    with own_database.as_default():
        cast = make_cast()
        bank = cast.bank_a
        checkers = [
            enrol_person(
                organisation=bank.organisation,
                role="checker",
                name=f"复核{n}",
                username=f"c{n}",
                password=PASSWORD,
            )
            for n in range(10)
        ]
        asked = ask(cast)

        def deciding(number):
            if number % 2:
                return lambda: approvals.decline(by=checkers[number], approval_id=asked.pk, reason="不妥")
            return lambda: approvals.approve(by=checkers[number], approval_id=asked.pk)

        answers = at_once(*(deciding(number) for number in range(10)))
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        assert len(refused) == 9, answers
        assert {answer.problems[0].code for answer in refused} == {"already_decided"}
        state = Approval.objects.get().state
        assert (state, born(), born("新名 came back")) in {("executed", 1, 0), ("declined", 0, 1)}


def test_two_makers_at_one_moment_ask_once_for_one_subject(own_database):
    with own_database.as_default():
        cast = make_cast()
        first, second = at_once(lambda: ask(cast, name="甲"), lambda: ask(cast, name="乙"))
        assert sorted(isinstance(answer, Refused) for answer in (first, second)) == [False, True]
        assert Approval.objects.filter(state="asked").count() == 1


@pytest.mark.django_db
def test_while_one_waits_another_for_the_same_subject_is_refused_and_afterwards_not(cast):
    asked = ask(cast)
    with pytest.raises(Refused) as refused:
        ask(cast, name="别名")
    assert refused.value.problems[0].code == "already_asked"
    ask(cast, name="旁人", subject=cast.enterprise_b.organisation)
    approvals.withdraw(by=cast.bank_a.maker, approval_id=asked.pk)
    assert ask(cast, name="别名").state == "asked"


@pytest.mark.django_db
def test_declining_needs_a_reason_and_the_room_hears_of_it(cast):
    asked = ask(cast)
    with pytest.raises(Refused) as refused:
        approvals.decline(by=cast.bank_a.checker, approval_id=asked.pk, reason="  ")
    assert refused.value.problems[0].code == "required"
    declined = approvals.decline(by=cast.bank_a.checker, approval_id=asked.pk, reason=" 材料不全 ")
    assert (declined.state, declined.reason, born(), born("新名 came back")) == ("declined", "材料不全", 0, 1)


@pytest.mark.django_db
def test_only_the_maker_takes_it_back(cast):
    asked = ask(cast)
    with pytest.raises(Refused) as refused:
        approvals.withdraw(by=cast.bank_a.checker, approval_id=asked.pk)
    assert refused.value.problems[0].code == "not_the_maker"
    assert list(asked_and_waiting(viewer=cast.bank_a.maker)) == [asked]
    assert approvals.withdraw(by=cast.bank_a.maker, approval_id=asked.pk).state == "withdrawn"
    assert born("新名 came back") == 1


@pytest.mark.django_db
def test_when_the_basis_no_longer_holds_it_stays_asked_and_nothing_is_written(cast):
    asked = ask(cast)
    Person.objects.create(name="新名")
    with pytest.raises(Refused) as refused:
        approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
    assert refused.value.problems[0].code == "basis_moved"
    asked.refresh_from_db()
    assert (asked.state, asked.checker_id, asked.decided_at) == ("asked", None, None)
    assert not Act.objects.filter(verb="approval.approve").exists()
