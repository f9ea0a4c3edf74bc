"""What a file says of its rights: the register of a collective mark's users, owners' shares, a right taken out again."""

from __future__ import annotations

import datetime as dt
import html
import io
import zipfile

import pytest
from django.urls import reverse

from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.books import book_on
from finance.pledges.models import FileStatement
from finance.pledges.rules.mark_users import user_flaws, users_on
from finance.pledges.sheets import form_of
from kernel.documents.papers import paper_problem
from kernel.errors import Refused
from kernel.sheets.templates import write_template
from tests.cast import Cast, freshly_signed_in
from tests.pledges.filed import MARK, OWNER, Worked, sound

CODE, OTHER = "91350100M000100Y43", "91110000MA0000001P"
TODAY = dt.date(2026, 11, 20)


def user(name: str = "甲茶厂", code: str = CODE, **days: str) -> dict[str, str]:
    return {"name": name, "credit_code": code, "from": "2026-01-01", **days}


@pytest.mark.parametrize(
    ("users", "subtype", "told"),
    [
        ([user()], "collective", []),
        ([user()], "geographical", []),
        ([], "ordinary", []),
        ([user()], "ordinary", ["not_restricted"]),
        ([user(code="91350100M000100Y44")], "certification", ["check_digit"]),
        ([user(code="12345")], "certification", ["credit_code"]),
        ([user(code="91350100M000100Y4Z")], "certification", ["credit_code"]),
        ([user(code=" ９１３５0100m000100y43\u3000")], "certification", []),
        ([user(), user(code=CODE.lower())], "collective", ["twice"]),
        ([user(**{"from": "2026-11-21"})], "collective", ["future"]),
        ([user(to="2025-12-31")], "collective", ["day_order"]),
        ([user(to="2026-03-31"), user(**{"from": "2026-04-01"})], "collective", []),
        ([user(to="2026-04-01"), user(**{"from": "2026-04-01"})], "collective", ["twice"]),
        ([user(), user(to="2026-02-01")], "collective", ["twice"]),
    ],
)
def test_each_thing_that_cannot_be_true_is_told(users, subtype, told):
    assert [code for _found, _wanted, code in user_flaws(users, subtype, TODAY)] == told


def test_who_may_use_a_mark_on_a_day():
    register = [user(to="2026-03-31"), user("乙茶厂", OTHER, **{"from": "2026-03-31"})]
    assert [one["name"] for one in users_on(register, dt.date(2026, 3, 31))] == ["甲茶厂", "乙茶厂"]
    assert [one["name"] for one in users_on(register, dt.date(2026, 4, 1))] == ["乙茶厂"]
    assert users_on(register, dt.date(2025, 12, 31)) == []


@pytest.mark.django_db
def test_the_register_is_typed_kept_and_shown(cast: Cast):
    file = Worked(cast, "trademark").file
    bank = freshly_signed_in(cast.bank_a.maker)
    page = reverse("pledges:state_contents", args=[file.pk])
    typed = {
        "right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "seen": "0", "right-0-number": MARK,
        "right-0-subtype": "collective",
        "right-0-owners": f"{OWNER} | 同意 | 60%\n茶叶协会 |  | 40%", "right-0-well_known": "yes",
    }  # fmt: skip
    answer = bank.post(page, typed | {"right-0-users": f"甲茶厂 | {CODE} | 2026-02-30\n乙茶厂 | {CODE}"})
    assert answer.status_code == 422
    told = answer.content.decode()
    assert f"“甲茶厂 | {CODE} | 2026-02-30”写法不符" in told
    assert f"“乙茶厂 | {CODE}”写法不符" in told
    kept = f"甲茶厂 | {CODE} | 2026-01-31\n乙茶厂 | {CODE} | 2025-01-31 | 2025-12-31"
    assert (
        bank.post(
            page, typed | {"right-0-users": kept.lower().replace("2026-01-31", "2026-1-31")}
        ).status_code
        == 302
    )
    (right,) = FileStatement.objects.get(file=file).contents["rights"]
    assert right["well_known"] is True
    assert right["owners"] == [
        {"name": OWNER, "consents": True, "share": "60%"}, {"name": "茶叶协会", "share": "40%"},
    ]  # fmt: skip
    assert kept in bank.get(page).content.decode(), "typed once, it is there to be changed"
    shown = bank.get(reverse("pledges:file", args=[file.pk]), {"on": "2026-11-20"}).content.decode()
    assert f"{MARK} 的使用人 1 户" in shown
    assert "乙茶厂" not in shown


@pytest.mark.django_db
def test_a_right_is_taken_out_on_the_page_and_by_a_workbook_that_says_so(cast: Cast):
    worked = Worked(cast, "trademark")
    two = sound("trademark")
    two["rights"].append({"number": "58940693", "subtype": "ordinary"})
    worked.state(two)
    bank = freshly_signed_in(cast.bank_a.maker)
    page = reverse("pledges:state_contents", args=[worked.file.pk])
    assert "撤下这件权利" in bank.get(page).content.decode()
    typed = {
        "right-TOTAL_FORMS": "3", "right-INITIAL_FORMS": "2", "seen": "1", "right-0-number": MARK,
        "right-0-subtype": "ordinary",
        "right-1-number": "", "right-1-DELETE": "on", "right-2-number": "",
    }  # fmt: skip
    assert bank.post(page, typed).status_code == 302
    assert numbers(worked) == [MARK]
    assert bank.post(page, typed | {"right-0-DELETE": "on", "right-INITIAL_FORMS": "1"}).status_code == 422

    worked.state(two)
    form = form_of(book_on("trademark", TODAY))
    one = Paper(
        "权利.xlsx", write_template(form, bank="甲", month="202611", prefilled=[{"number": "58940693"}])
    )
    actions.enter_rights(by=cast.bank_a.maker, file_id=worked.file.pk, sheet=one, on=TODAY)
    assert numbers(worked) == [MARK, "58940693"], (
        "what is in no row stays, unless the sheet is to be the whole"
    )
    actions.enter_rights(by=cast.bank_a.maker, file_id=worked.file.pk, sheet=one, on=TODAY, only_these=True)
    assert numbers(worked) == ["58940693"]


def numbers(worked: Worked) -> list[str]:
    last = FileStatement.objects.filter(file=worked.file).order_by("seq").last()
    return [right["number"] for right in last.contents["rights"]]


def test_a_package_that_no_program_opens_is_told_and_no_fault_of_the_server():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("word/document.xml", "x")
    content = bytearray(packed.getvalue())
    content[content.rindex(b"PK\x01\x02") + 6] = 99  # it asks for a version of the format that there is not
    told = paper_problem("合同.docx", bytes(content))
    assert told is not None
    assert told.code == "content"


@pytest.mark.django_db
def test_similar_marks_are_found_by_the_family_and_the_groups_that_were_stated(cast: Cast):
    file = Worked(cast, "trademark").file
    bank = freshly_signed_in(cast.bank_a.maker)
    page, check = (reverse(f"pledges:{name}", args=[file.pk]) for name in ("state_contents", "check"))
    typed = {
        "right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "seen": "0", "right-0-number": MARK, "right-0-words": "鹅岭",
        "right-0-classes": "9、42", "right-0-similar_groups": "0901、0907", "right-0-family": "鹅岭系列",
        "owner_marks": "58940693 | EHLING | 9 | 0907 | 鹅岭系列\n"
        "58940694 | EHLING | 9 | 0910 | 鹅岭系列\n58940695 | 洪崖 | 9",
    }  # fmt: skip
    for wrong in ({"right-0-classes": "9、46"}, {"owner_marks": "58940693 | EHLING | 九"}):
        answer = bank.post(page, typed | wrong)
        assert (answer.status_code, "1 至 45" in answer.content.decode()) == (422, True)
    assert bank.post(page, typed).status_code == 302
    again = bank.get(page).content.decode()
    assert "58940693 | EHLING | 9 | 0907 | 鹅岭系列" in again
    assert 'value="0901、0907"' in again
    found = bank.post(check, follow=True).content.decode()
    assert "58940693（EHLING）" in found
    assert "58940694" not in found, "of the same family, but its goods lie in another group"
    assert "58940695" not in found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "number", "days", "told"),
    [
        (
            "patent", "ZL201710601862.3", {"filed_on": "2017-07-21", "priority_on": "2017-08-01"},
            "申请日 2017-07-21 早于优先权日 2017-08-01",
        ),
        ("layout", "BS.175001234", {"first_used_on": "2026-11-21"}, "首次商业利用日"),
        ("copyright", "2020SR0000001", {"author_died_on": "2026-11-21"}, "作者死亡日"),
    ],
)  # fmt: skip
def test_every_day_that_a_rule_counts_from_can_be_stated_and_is_looked_at(
    cast, monkeypatch, kind, number, days, told
):
    monkeypatch.setattr("finance.pledges.views.contents.today", lambda: TODAY)
    file = Worked(cast, kind).file
    bank = freshly_signed_in(cast.bank_a.maker)
    typed = {"right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "seen": "0", "right-0-number": number}
    page = reverse("pledges:state_contents", args=[file.pk])
    answer = bank.post(page, typed | {f"right-0-{name}": day for name, day in days.items()})
    assert (answer.status_code, told in html.unescape(answer.content.decode())) == (422, True)


@pytest.mark.django_db
def test_a_work_of_which_nobody_says_whether_it_is_published_has_a_provisional_last_day(cast: Cast):
    """Completed 2019-05-06: 2069-05-06 if never published, the end of a year not before it if it was."""
    work = sound("copyright")
    del work["rights"][0]["first_published_on"]
    worked = Worked(cast, "copyright").state(work)
    client, page = freshly_signed_in(worked.bank.maker), reverse("pledges:file", args=[worked.file.pk])
    shown = client.get(page).content.decode()
    assert "2069-05-06" in shown
    assert "没有写明是否已经发表" in shown
    client.cookies["django_language"] = "en"
    assert "not stated whether it is published" in client.get(page).content.decode()
    worked.state({**work, "rights": [{**work["rights"][0], "published": False}]})
    assert "没有写明是否已经发表" not in freshly_signed_in(worked.bank.maker).get(page).content.decode()


@pytest.mark.django_db
def test_a_work_is_not_unpublished_and_published_on_a_day(cast: Cast):
    with pytest.raises(Refused, match="填了首次发表日 2020-01-02，又填没有发表"):
        Worked(cast, "copyright").state(sound("copyright", published=False))


@pytest.mark.django_db
def test_what_follows_from_nothing_is_told_as_shown_only(cast: Cast):
    mark = sound("trademark", subtype="madrid", number="G1234567", well_known=True)
    mark["rights"][0]["mark"] |= {"number": "G1234567"}
    worked = Worked(cast, "trademark").state(mark)
    client, page = freshly_signed_in(worked.bank.maker), reverse("pledges:file", args=[worked.file.pk])
    shown = client.get(page).content.decode()
    assert "G1234567 已认定为驰名商标：没有查到" in shown
    assert "G1234567 马德里国际注册：没有查到" in shown
    plain = Worked(cast, "trademark").state()
    assert "没有查到" not in client.get(reverse("pledges:file", args=[plain.file.pk])).content.decode()
