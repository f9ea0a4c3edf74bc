"""The names that the arrays of this room go by, and the different texts among many."""

import numpy as np
from numpy.typing import NDArray

from kernel.late import late

pd = late("pandas")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.object_]


def levels_of(cells: Texts) -> tuple[list[str], Ints]:
    """The different texts in order, and of each cell which it is; one very long cell costs no more than itself."""
    codes, levels = pd.factorize(cells, sort=True)
    return [str(level) for level in levels], np.asarray(codes, dtype=np.int64)
