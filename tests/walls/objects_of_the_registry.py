"""Objects of the registration files for the walls: a file of bank A, handed in and registered, its papers and alerts."""

from __future__ import annotations

from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.books import library
from finance.pledges.sheets import form_of
from kernel.sheets import write_template
from tests.cast import Cast
from tests.pledges.filed import OPENED, PDF, Worked
from tests.walls.objects import Behind, behind

OF_FILE = (
    "pledges:file", "pledges:state_contents", "pledges:attach", "pledges:check", "pledges:step", "pledges:accept",
    "pledges:right_event", "pledges:look", "pledges:interrupt", "pledges:rights_sheet", "pledges:rights_template",
)  # fmt: skip


@behind(*OF_FILE)
def a_file_of_bank_a(cast: Cast) -> Behind:
    return Behind({"file_id": Worked(cast).handed_in().file.pk}, seen_by=_of_file(cast))


@behind("pledges:paper")
def a_paper_of_a_file(cast: Cast) -> Behind:
    file = Worked(cast).handed_in().file
    return Behind({"file_id": file.pk, "paper_id": file.papers.first().pk}, seen_by=_of_file(cast))


@behind("pledges:make_paper")
def a_paper_to_be_made_of_a_file(cast: Cast) -> Behind:
    file = Worked(cast).handed_in().file
    return Behind({"file_id": file.pk, "name": "application"}, seen_by=_of_file(cast))


@behind("pledges:make_step_paper")
def a_paper_to_be_made_of_a_step(cast: Cast) -> Behind:
    file = Worked(cast).registered().file
    return Behind({"file_id": file.pk, "name": "change"}, seen_by=_of_file(cast))


@behind("pledges:marked_sheet")
def a_marked_workbook_of_bank_a(cast: Cast) -> Behind:
    worked = Worked(cast).state()
    faulty = write_template(
        form_of(library().books["patent@2021"]), bank="x", month="202611", prefilled=[{"number": "1"}]
    )
    kept, _ = actions.enter_rights(
        by=cast.bank_a.maker, file_id=worked.file.pk, sheet=Paper("权利.xlsx", faulty), on=OPENED
    )
    seen_by = (cast.bank_a.maker, cast.bank_a.checker)
    return Behind({"file_id": worked.file.pk, "sheet_id": kept.pk}, seen_by=seen_by)


@behind("pledges:decision")
def a_decision_on_a_file(cast: Cast) -> Behind:
    file = Worked(cast).registered().file
    return Behind({"file_id": file.pk, "seq": file.acts.last().seq}, seen_by=_of_file(cast))


@behind("pledges:marked_feed")
def a_faulty_feed_of_the_window(cast: Cast) -> Behind:
    sheet = Paper("结果.csv", "受理号,办理结果,决定日\nS1,准予登记,2026-11-20\n".encode())
    feed, _, _ = actions.bring_feed(by=cast.ip_bureau.clerk, sheet=sheet, today=OPENED)
    return Behind({"feed_id": feed.pk}, seen_by=(cast.ip_bureau.clerk,))


@behind("pledges:interruption_paper")
def a_paper_of_an_interruption(cast: Cast) -> Behind:
    worked = Worked(cast).registered()
    row = actions.interrupt(
        by=cast.bank_a.maker, file_id=worked.file.pk, kind="LIM-01", on=worked.today, told="催收函", today=worked.today,
        paper=Paper("催收函.pdf", PDF),
    )  # fmt: skip
    seen_by = (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner)
    return Behind({"file_id": worked.file.pk, "row_id": row.pk}, seen_by=seen_by)


@behind("pledges:evidence")
def a_pledge_that_is_realised(cast: Cast) -> Behind:
    worked = Worked(cast).registered()
    asked = {
        "default_event": "agreed", "default_on": worked.today.isoformat(), "default_source": "催告函第3号",
    }  # fmt: skip
    worked.say(cast.bank_a.maker, "enforce", worked.today, asked=asked)
    return Behind({"file_id": worked.file.pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker))


@behind("pledges:alert", "pledges:alert_paper")
def an_alert_that_was_worked_off(cast: Cast) -> Behind:
    worked = Worked(cast).registered()
    actions.look(by=worked.clerk, file_id=worked.file.pk, on=worked.today)
    alert = worked.file.alerts.get(rule="PAT-A09")
    actions.clear(
        by=worked.owner, alert_id=alert.pk, on=worked.today, told="已公示", today=worked.today,
        paper=Paper("截图.pdf", PDF),
    )  # fmt: skip
    return Behind({"alert_id": alert.pk}, seen_by=_of_file(cast))


def _of_file(cast: Cast) -> tuple:
    return (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner, cast.ip_bureau.clerk)
