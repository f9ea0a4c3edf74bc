"""What the model asks of the engine (its section 9) and what wounded our peers, each with the tests that stand for it.

A test that is renamed, taken away or skipped is missed here by its number.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

ENGINE = {
    "9.1 every worked example": [
        "schemes/test_worked_examples.py::test_there_are_sixty_two_examples_in_twenty_seven_files",
        "schemes/test_worked_examples.py::test_the_engine_says_what_the_example_expects",
        "schemes/test_cases.py::test_hand_oracle_and_engine_say_the_same",
    ],
    "9.2 random losses and steps conserve": [
        "schemes/test_laws.py::test_the_parts_add_up_and_nobody_bears_less_than_nothing_or_more_than_all",
        "schemes/test_cases.py::test_the_engine_and_the_oracle_agree_on_any_scheme",
    ],
    "9.3 refused when saved; a fact without a source; a cap of zero": [
        "schemes/test_bad_files.py::test_a_fault_is_told_with_its_place",
        "schemes/test_section_nine.py::test_a_fact_without_a_source_loads_and_runs_its_examples_but_stops_a_live_claim",
        "schemes/test_section_nine.py::test_a_cap_of_zero_moves_everything_to_its_target",
    ],
    "9.4 the day before a change and the day of it": [
        "schemes/test_versions.py::test_the_day_before_a_change_has_the_old_version_and_the_day_itself_the_new",
    ],
    "9.5 recovery in two pieces": [
        "schemes/test_laws.py::test_recoveries_in_pieces_return_what_one_piece_would_within_a_fen",
        "schemes/test_recovery_and_stages.py::test_later_costs_stop_payments_until_the_net_is_above_what_was_returned",
    ],
    "9.6 a recovery before payment and after": [
        "schemes/test_laws.py::test_before_payment_or_after_the_lender_is_left_with_the_same",
    ],
    "9.7 suspended claims come back": [
        "schemes/test_laws.py::test_suspended_shares_come_back_unchanged_when_the_line_is_lifted",
    ],
    "9.8 thresholds at, below and above": [
        "schemes/test_section_nine.py::test_wuhan_covers_at_half_and_not_a_hair_below",
        "schemes/test_section_nine.py::test_hubei_warns_at_five_and_suspends_at_eight_percent",
        "schemes/test_section_nine.py::test_a_condition_of_at_least_half_as_zhuhai_words_it_is_met_at_half",
    ],
    "9.9 no float": [
        "schemes/test_laws.py::test_no_float_is_written_anywhere_in_the_room",
        "schemes/test_figures_and_notes.py::test_a_float_never_enters",
    ],
}
WOUNDS = {
    "1 fifty claim, ten are paid": [
        "claims/test_race.py::test_exactly_ten_of_fifty_payouts_succeed",
        "claims/test_race.py::test_the_naive_way_is_caught_overpaying",
    ],
    "2 the same key twice": [
        "work/test_idempotency.py::test_the_same_key_and_body_give_the_stored_answer_and_one_effect",
        "work/test_idempotency.py::test_a_crash_between_effect_and_answer_leaves_neither_and_the_retry_succeeds",
        "work/test_idempotency.py::test_ten_equal_calls_at_one_moment_have_one_effect_and_one_answer",
        "api/test_filings.py::test_a_key_that_stands_for_another_body_is_refused",
    ],
    "3 every loss by every rule": [
        "schemes/test_every_fen.py::test_every_loss_sums_and_is_within_a_fen_of_exact_whatever_the_order",
    ],
    "4 a ratio is never rounded before use": [
        "schemes/test_cases.py::test_a_ratio_is_never_rounded_before_it_is_used",
    ],
    "5 no float in a money path": [
        "kernel/test_no_float_near_money.py::test_no_float_stands_where_money_is_computed",
        "kernel/test_no_float_near_money.py::test_a_float_that_is_put_in_is_found",
    ],
    "6 raw SQL rewrites no entry": [
        "ledger/test_ledger.py::test_raw_sql_cannot_rewrite_the_ledger",
        "stack/test_restricted_role.py::test_raw_sql_of_the_product_is_denied_on_what_is_append_only",
        "stack/test_restricted_role.py::test_the_owner_meets_the_triggers_where_no_privilege_stops_him",
    ],
    "17 a countersignature is void after a change": [
        "claims/test_void_signature.py::"
        "test_a_signature_under_what_has_changed_is_void_and_both_askings_stay_in_the_history",
        "volumes/test_awards.py::test_a_loan_more_after_the_asking_stops_the_award_and_the_question_waits",
    ],
    "18 the smallest of share, limits and what is left": [
        "schemes/test_guarantee.py::test_it_pays_the_smallest_of_share_loan_limit_bank_limit_and_what_is_left",
        "schemes/test_guarantee.py::test_every_base_of_a_limit_binds_above_it_and_never_pays_more_than_the_share",
    ],
}
EVERY = {**ENGINE, **{f"wound {number}": tests for number, tests in WOUNDS.items()}}


@cache
def names_in(path: str) -> dict[str, list[str]]:
    """The tests of a file, each with its marks."""
    tree = ast.parse((TESTS / path).read_text("utf-8"))
    return {
        node.name: [ast.unparse(mark) for mark in node.decorator_list]
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("promise", EVERY)
def test_the_tests_of_a_promise_stand_and_are_not_skipped(promise: str) -> None:
    for named in EVERY[promise]:
        path, _, name = named.partition("::")
        assert (TESTS / path).is_file(), f"{promise}: {path}"
        found = names_in(path)
        assert name in found, f"{promise}: {named}"
        assert not [mark for mark in found[name] if "skip" in mark or "xfail" in mark], named


def test_all_nine_and_the_eight_wounds_have_a_line() -> None:
    assert [name.split()[0] for name in ENGINE] == [f"9.{number}" for number in range(1, 10)]
    assert [int(name.split()[0]) for name in WOUNDS] == [1, 2, 3, 4, 5, 6, 17, 18]
