"""The ground of scores: the card in force, enterprise A's figures stated by itself, and taken over by bank A."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ground import laid


@laid
def card(cast) -> Any:
    """The shipped card, in force."""
    from tests.scores.ground import ship_card

    return ship_card()


@laid
def figures(cast, card) -> Any:
    """The whole growth case, stated by the enterprise itself; nobody may use it yet."""
    from tests.scores.ground import plain_case, state

    firm = cast.enterprise_a
    return state(firm.owner, firm.organisation, plain_case("成长期，完整"))


@laid
def allowed(cast, figures) -> Any:
    """Bank A may use everything of enterprise A, and has taken over what that says of itself."""
    from tests.scores.ground import adopt, consent

    given = consent(cast.enterprise_a, cast.bank_a.organisation)
    adopt(cast.bank_a.maker, cast.enterprise_a.organisation)
    return given


@pytest.fixture
def on() -> Any:
    from tests.scores.ground import ON

    return ON
