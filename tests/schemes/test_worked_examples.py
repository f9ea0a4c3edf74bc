"""Every worked example of every scheme file, read here by another YAML reader and compared figure by figure."""

from pathlib import Path

import pytest
import yaml

from riskpool.schemes import load_scheme
from riskpool.schemes.examples import outcome
from riskpool.schemes.loading import Library, scheme_files

POLICIES = Path(__file__).parents[2] / "policies" / "schemes"
FILES = scheme_files(POLICIES)
CASES = [
    pytest.param(path, example, id=f"{path.stem}-{example['id']}")
    for path in FILES
    for example in yaml.safe_load(path.read_text(encoding="utf-8"))["examples"]
]


def test_there_are_sixty_two_examples_in_twenty_seven_files():
    assert (len(CASES), len(FILES)) == (62, 27)


@pytest.mark.parametrize(("path", "example"), CASES)
def test_the_engine_says_what_the_example_expects(path, example, library: Library):
    scheme = load_scheme(path, library)
    assert outcome(scheme, example) == example["expect"]
