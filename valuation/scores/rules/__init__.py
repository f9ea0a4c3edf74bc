"""What scoring decides without a table: digests of what is kept, and which stated inputs are taken together."""

from .digests import digest_of, plain_json

__all__ = ["digest_of", "plain_json"]
