"""What of a visitor's answers can become facts of an enterprise: what he stated about it, never what was assumed. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from finance.parties.sizes import Standard
from finance.subsidies.guest.answers import Answers, sizes_of
from finance.subsidies.words import fact_words

OF_THE_ENTERPRISE = ("applicant.", "pledge.")


@dataclass(frozen=True)
class Offered:
    """One fact: its path, its value as facts are kept, and both in words."""

    path: str
    value: str
    words: str

    @property
    def name(self) -> str:
        return fact_words(self.path).name


def offered_facts(answers: Answers, standard: Standard, on: dt.date) -> Iterator[Offered]:
    """Each fact once; the size class only where the bands leave one."""
    stated: dict[str, bool | str] = {
        "applicant.legal_person": answers.legal_person,
        "applicant.industry": answers.industry,
    }
    sizes = sizes_of(answers, standard, on)
    if len(sizes) == 1:
        stated["applicant.size"] = sizes[0]
    stated |= {path: truth for path, truth in answers.facts.items() if path.startswith(OF_THE_ENTERPRISE)}
    for path, value in stated.items():
        words = fact_words(path).value_words(value)
        if path == "applicant.industry":
            words = standard.industries[answers.industry].name
        text = value if isinstance(value, str) else str(value).lower()
        yield Offered(path, text, words)
