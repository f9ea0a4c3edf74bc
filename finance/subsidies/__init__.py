"""Subsidies on pledge loans as data, and the engine that works them out. Pure: no Django, no clock, no database.

policy = load_policy(path_or_text)                     refused with every fault, each with its line
library = load_library(directory)                      policies by id, and instruments known but incomplete
series = load_series(path_or_text)                     published rates with their rows
case = Case.from_plain(mapping)                        one application; facts by section, fees, dates
result = evaluate(policy, case, series, used)          one application alone; used {limit id: fen}
results, used_after = evaluate_batch(policy, cases, series, used)
settled = settle_budget(policy, entries_fen, pool_fen, order)
parts = funding_parts(policy, line_fen)
replay(result.plain())                                 the same answer, for ever
nearly(policy, case, series, used)                     what is missing for a yes, what it would bring, what cut an amount
in_force(policy, case); open_windows(policy, case, day)

A result says eligible, ineligible, unknown (which fact is missing) or pending (which value is not published yet), with
reasons, amounts by line, limits, and the working in Chinese (`result.sentences`).
"""

from finance.subsidies.budget import Settled, funding_parts, settle_budget
from finance.subsidies.engine import evaluate, evaluate_batch, replay
from finance.subsidies.examples import run_examples
from finance.subsidies.facts import Case
from finance.subsidies.incomplete import Incomplete, incomplete_in, load_incomplete
from finance.subsidies.loading import Library, load_library, load_policy
from finance.subsidies.nearly import Cut, Miss, Nearly, nearly
from finance.subsidies.rates import Series, load_series
from finance.subsidies.results import LineResult, Reason, Result, Status
from finance.subsidies.terms import Policy, count_key
from finance.subsidies.windows import Filing, InForce, all_windows, in_force, open_windows
from finance.subsidies.words import fact_name, fact_words
from finance.subsidies.working import Step, sentences, steps_from_plain

__all__ = [
    "Case",
    "Cut",
    "Filing",
    "InForce",
    "Incomplete",
    "Library",
    "LineResult",
    "Miss",
    "Nearly",
    "Policy",
    "Reason",
    "Result",
    "Series",
    "Settled",
    "Status",
    "Step",
    "all_windows",
    "count_key",
    "evaluate",
    "evaluate_batch",
    "fact_name",
    "fact_words",
    "funding_parts",
    "in_force",
    "incomplete_in",
    "load_incomplete",
    "load_library",
    "load_policy",
    "load_series",
    "nearly",
    "open_windows",
    "replay",
    "run_examples",
    "sentences",
    "settle_budget",
    "steps_from_plain",
]
