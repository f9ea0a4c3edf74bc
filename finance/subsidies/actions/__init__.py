"""What is done with subsidies, a story a module: calls, filing, lists without applications, review, plan, money, claw-back.

Lock order: approval, organisation (payees), call, applications by id, meters by id.
"""

from finance.subsidies.actions.calls import cancel_call, close_call, open_call, reopen_call
from finance.subsidies.actions.clawing import propose_claw_back, receive_back
from finance.subsidies.actions.filing import (
    add_paper,
    answer_notice,
    confirm_account,
    draft_application,
    file_application,
    state_facts,
    withdraw_application,
)
from finance.subsidies.actions.listing import Built, build_list
from finance.subsidies.actions.paying import (
    Answered,
    enter_results,
    propose_award,
    propose_payment,
    propose_return,
)
from finance.subsidies.actions.planning import (
    answer_objection,
    draw_plan,
    object_to,
    propose_publication,
    void_plan,
)
from finance.subsidies.actions.reviewing import (
    give_notice,
    judge_fact,
    office_says,
    refuse,
    reopen,
    review,
    take_again,
)
from finance.subsidies.actions.stating import enter_statement, remark_on

__all__ = [
    "Answered",
    "Built",
    "add_paper",
    "answer_notice",
    "answer_objection",
    "build_list",
    "cancel_call",
    "close_call",
    "confirm_account",
    "draft_application",
    "draw_plan",
    "enter_results",
    "enter_statement",
    "file_application",
    "give_notice",
    "judge_fact",
    "object_to",
    "office_says",
    "open_call",
    "propose_award",
    "propose_claw_back",
    "propose_payment",
    "propose_publication",
    "propose_return",
    "receive_back",
    "refuse",
    "remark_on",
    "reopen",
    "reopen_call",
    "review",
    "state_facts",
    "take_again",
    "void_plan",
    "withdraw_application",
]
