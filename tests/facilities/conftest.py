"""One facility with two members, laid once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ground import laid

if TYPE_CHECKING:
    from tests.facilities.ground import Credit


@laid
def credit(cast) -> Credit:
    from tests.facilities.ground import open_credit  # once the apps are ready

    return open_credit(cast)
