"""Kinds of source of scoring inputs, from `policies/scorecards/_sources.yaml`: which need the enterprise's consent. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import Problem, Refused
from kernel.strict_yaml import read_file
from valuation.loading import plain_values

FILE = "_sources.yaml"
OTHER = "other"


@dataclass(frozen=True)
class Source:
    """One kind of source."""

    id: str
    name: str
    consent: bool


@dataclass(frozen=True)
class Sources:
    """All of them, and which input comes from which; what the file does not name is `other`, which needs consent."""

    kinds: Mapping[str, Source]
    of_input: Mapping[str, str]
    default_days: int
    longest_days: int

    def of(self, name: str) -> Source:
        """The source of an input, named as in the card: `fin_leverage`, `firm.revenue_12m`."""
        return self.kinds[self.of_input.get(name, OTHER)]

    @property
    def asked_for(self) -> list[Source]:
        """Those that an enterprise has to allow."""
        return [source for source in self.kinds.values() if source.consent]


def load_sources(path: Path) -> Sources:
    """The file read; Refused when it does not say what it must."""
    document = plain_values(read_file(path).values)
    try:
        rows = document["sources"]
        kinds = {row["id"]: Source(row["id"], row["name_zh"], bool(row["consent"])) for row in rows}
        of_input = {name: row["id"] for row in rows for name in row["inputs"]}
        days = int(document["default_days"]), int(document["longest_days"])
        sound = kinds[OTHER].consent and len(of_input) == sum(len(row["inputs"]) for row in rows)
    except (KeyError, TypeError, ValueError) as fault:
        raise Refused(Problem(FILE, f"缺少或写错 {fault}", "写 sources 和两个天数", "sources")) from fault
    if not sound:
        raise Refused(Problem(FILE, "other 须授权；一项数据只属一个来源", "更正文件", "sources"))
    return Sources(kinds, of_input, *days)
