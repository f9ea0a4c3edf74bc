"""The code by which a kept estimate is found again: eight signs not mistaken for each other, kept as a hash only."""

from __future__ import annotations

import re
import secrets
import unicodedata

from django.utils.crypto import salted_hmac

from kernel.documents.rules import VERIFY_ALPHABET, printed_code

LENGTH = 8  # 31^8, some 40 bits; nothing personal stands behind it, and the hash is keyed
_SALT = "finance.subsidies.codes"


def new_code() -> str:
    """A fresh code from the system's secure source."""
    return "".join(secrets.choice(VERIFY_ALPHABET) for _ in range(LENGTH))


def typed_code(text: str) -> str:
    """What a person typed, as the code it means; "" if it cannot be one.

    >>> typed_code(" abcd-ef２3 "), typed_code("ABCD-EF01")
    ('ABCDEF23', '')
    """
    code = re.sub(r"[\s\-－—–_]", "", unicodedata.normalize("NFKC", text)).upper()
    return code if len(code) == LENGTH and set(code) <= set(VERIFY_ALPHABET) else ""


def hash_of(code: str) -> str:
    """What is stored of a code: keyed, so that the rows alone give no code away."""
    return salted_hmac(_SALT, code, algorithm="sha256").hexdigest()


__all__ = ["LENGTH", "hash_of", "new_code", "printed_code", "typed_code"]
