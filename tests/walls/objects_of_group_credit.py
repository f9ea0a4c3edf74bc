"""Group credit for the walls: a facility of bank A whose members are both enterprises, and a draw of the second."""

from __future__ import annotations

from tests.cast import Cast
from tests.facilities.ground import open_credit
from tests.walls.objects import Behind, behind


@behind("facilities:facility")
def a_facility_of_bank_a(cast: Cast) -> Behind:
    """Its bank sees it, the IP bureau that it exists, the auditor all; members see their own seats alone."""
    seen_by = (cast.bank_a.maker, cast.bank_a.checker, cast.ip_bureau.member, cast.auditor.member)
    return Behind({"facility_id": open_credit(cast).facility.pk}, seen_by=seen_by)


@behind("facilities:member")
def the_seat_of_the_second_enterprise(cast: Cast) -> Behind:
    seen_by = (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_b.member, cast.auditor.member)
    return Behind({"member_id": open_credit(cast).members["b"].pk}, seen_by=seen_by)


@behind("facilities:raise", "facilities:close", "facilities:limit")
def a_facility_that_its_bank_works(cast: Cast) -> Behind:
    return Behind({"facility_id": open_credit(cast).facility.pk}, seen_by=(cast.bank_a.maker,))


@behind("facilities:draw")
def a_seat_that_its_bank_works(cast: Cast) -> Behind:
    return Behind({"member_id": open_credit(cast).members["b"].pk}, seen_by=(cast.bank_a.maker,))


@behind("facilities:suspend")
def a_seat_that_its_bank_suspends(cast: Cast) -> Behind:
    seen_by = (cast.bank_a.maker, cast.bank_a.checker)
    return Behind({"member_id": open_credit(cast).members["b"].pk}, seen_by=seen_by)


@behind("facilities:release")
def a_draw_of_the_second_enterprise(cast: Cast) -> Behind:
    return Behind({"draw_id": open_credit(cast).draw("b", 100_00, "JJ-1").pk}, seen_by=(cast.bank_a.maker,))
