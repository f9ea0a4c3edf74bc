"""What scoring decides without a table: names and faults of stated inputs, which of them speaks, digests of what is kept."""

from .digests import WORKING, digest_of, is_of_this_working, kept_answer, plain_json
from .sources import Source, Sources, load_sources
from .stated import ATTRIBUTES, STATES, Item, Stated, faults_of, item_of, items_of, words_of
from .taking import Known, given_of, latest, not_asked

__all__ = [
    "ATTRIBUTES",
    "STATES",
    "WORKING",
    "Item",
    "Known",
    "Source",
    "Sources",
    "Stated",
    "digest_of",
    "faults_of",
    "given_of",
    "is_of_this_working",
    "item_of",
    "items_of",
    "kept_answer",
    "latest",
    "load_sources",
    "not_asked",
    "plain_json",
    "words_of",
]
