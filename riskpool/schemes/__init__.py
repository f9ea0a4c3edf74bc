"""Loss-sharing schemes as data, and the engine that shares a loss by them. Pure: no Django, no clock, no database.

library = load_library(directory)                     schemes of a directory, all faults refused at once
scheme = version_on(library, "zhongshan-ip", day)     the version in force on the loan's date
decided = apportion(scheme, {"principal": fen}, {"pool.balance": "70000000"})
returned = share_recovery(scheme, decided, gross_fen, costs_fen, already_returned)
working_lines(decided.working)                        the working, in Chinese
replay(stored(scheme, decided))                       the same fen, for ever

`riskpool.schemes.bulk` does the same for a million losses at once.
"""

from riskpool.schemes.engine import (
    Apportionment,
    NeededMetric,
    apportion,
    needed_metrics,
    replay,
    stored,
    stored_scheme,
    with_granted_share,
)
from riskpool.schemes.examples import as_expected, run_examples
from riskpool.schemes.loading import Library, load_library, load_scheme, version_on, warnings_of
from riskpool.schemes.recovery import RecoverySharing, share_recovery
from riskpool.schemes.stages import BankYear, Settlement, YearClaim, bank_year, settle_stages
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import working_from_json, working_lines, working_to_json

__all__ = [
    "Apportionment",
    "BankYear",
    "Library",
    "NeededMetric",
    "RecoverySharing",
    "Scheme",
    "Settlement",
    "YearClaim",
    "apportion",
    "as_expected",
    "bank_year",
    "load_library",
    "load_scheme",
    "needed_metrics",
    "replay",
    "run_examples",
    "settle_stages",
    "share_recovery",
    "stored",
    "stored_scheme",
    "version_on",
    "warnings_of",
    "with_granted_share",
    "working_from_json",
    "working_lines",
    "working_to_json",
]
