"""Every loss from 0.01 to 10,000.00 under every rule: parts sum, each within a fen, the order of writing means nothing."""

from __future__ import annotations

import numpy as np
import pytest

from riskpool.schemes import load_scheme
from riskpool.schemes.bulk import apportion_many

EVERY = np.arange(1, 1_000_001, dtype=np.int64)
FILE = """
id: every@2030
lender: bank
parties: [{{code: bank}}, {{code: fund}}, {{code: insurer}}, {{code: appraiser}}]
loss_base: {{include: [principal]}}
steps: [{{type: transfer, from: bank, of: loss, shares: {{{shares}}}}}]
rounding: {{unit: '0.01', method: {method}}}
"""
RATIOS = {  # in ten-thousandths, so that exact parts are whole numbers of a ten-thousandth of a fen
    "54:26:16:4": {"fund": 5400, "insurer": 2600, "appraiser": 1600},
    "thirds": {"fund": 3333, "insurer": 3333, "appraiser": 3333},
    "halves": {"fund": 5000, "insurer": 0, "appraiser": 5000},
    "quarters": {"fund": 2500, "insurer": 2500, "appraiser": 2500},
    "one in ten thousand": {"fund": 1, "insurer": 1, "appraiser": 9997},
}


def shared(ratio: dict[str, int], method: str, names: list[str]) -> dict[str, np.ndarray]:
    shares = ", ".join(f"{name}: '0.{ratio[name]:04d}'" for name in names)
    scheme = load_scheme(FILE.format(shares=shares, method=method))
    return dict(zip(scheme.codes, apportion_many(scheme, {"principal": EVERY}, {}).borne.T, strict=True))


@pytest.mark.parametrize("method", ["largest_remainder", "floor"])
@pytest.mark.parametrize("ratio", RATIOS.values(), ids=RATIOS)
def test_every_loss_sums_and_is_within_a_fen_of_exact_whatever_the_order(
    ratio: dict[str, int], method: str
) -> None:
    names = list(ratio)
    parts, turned = shared(ratio, method, names), shared(ratio, method, names[::-1])
    assert all(np.array_equal(parts[code], turned[code]) for code in parts)
    assert np.array_equal(sum(parts.values()), EVERY)
    for code in names:
        off = parts[code] * 10**4 - EVERY * ratio[code]  # ten-thousandths of a fen
        assert abs(off).max() < 10**4
        assert method != "floor" or off.max() <= 0
