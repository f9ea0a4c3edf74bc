"""One fact has one name: in the catalogue of metrics, and where schemes are read."""

from __future__ import annotations

import re

from django.conf import settings

from kernel.word_lists import entries_of
from riskpool.pools.metrics import catalogue
from riskpool.schemes.words import METRICS

WITH_UNIT = {"yuan": "（元）", "months": "（月）"}


def test_a_fact_is_called_the_same_in_the_catalogue_and_in_a_scheme() -> None:
    names = entries_of(METRICS)
    for entry in catalogue().entries.values():
        assert names[entry.name] == entry.title + WITH_UNIT.get(entry.unit, "")


def test_no_source_that_users_read_names_a_file_of_ours() -> None:
    for room in ("indicators", "metrics", "procedures"):
        for path in (settings.POLICIES_DIR / room).glob("*.yaml"):
            shown = re.sub(r"^\s*#.*$", "", path.read_text(encoding="utf-8"), flags=re.M)
            assert not re.search(r"loss-sharing|subsidies 第|\.md", shown), path.name
