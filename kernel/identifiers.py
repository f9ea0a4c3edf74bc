"""Identifiers made by us: UUID version 7 (RFC 9562, section 5.7).

They begin with the time, so rows made together lie together in an index, and they can be made before the row
exists: a client can repeat a request under the same id.
"""

import os
import threading
import time
from uuid import UUID

_COUNTER_BITS = (
    12 + 20
)  # rand_a and the head of rand_b count upwards within one millisecond (RFC 9562, 6.2 method 1)
_TAIL_BITS = 62 - 20

_lock = threading.Lock()
_last_millisecond = -1
_last_counter = 0


def new_id() -> UUID:
    """A new UUIDv7; within one process each is larger than the one before, also within one millisecond and
    if the clock steps back.

    >>> first, second = new_id(), new_id()
    >>> first < second, first.version
    (True, 7)
    """
    global _last_millisecond, _last_counter
    random = int.from_bytes(os.urandom(10), "big")
    with _lock:
        millisecond = time.time_ns() // 1_000_000
        if millisecond > _last_millisecond:
            _last_millisecond = millisecond
            _last_counter = random >> 48 & ((1 << _COUNTER_BITS - 1) - 1)  # upper half free: room to count
        else:
            _last_counter += 1
            if _last_counter >> _COUNTER_BITS:
                _last_millisecond, _last_counter = _last_millisecond + 1, 0
        millisecond, counter = _last_millisecond, _last_counter
    tail = random & ((1 << _TAIL_BITS) - 1)
    rand_a, head_of_b = counter >> 20, counter & ((1 << 20) - 1)
    return UUID(int=millisecond << 80 | 7 << 76 | rand_a << 64 | 0b10 << 62 | head_of_b << _TAIL_BITS | tail)
