"""JSON without what JSON does not have or nobody means: NaN, numbers with a fraction or exponent, a field twice, half of a
character."""

from __future__ import annotations

import json
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

HALF = re.compile(r"\\u[dD][89a-fA-F]")
r"""An escape of a surrogate: two make a character beyond the first 65,536, one alone is none and no text can hold it."""


class StrictJSON(BaseParser):
    """Amounts are text with two decimals; a number that a reader could round is refused before anybody reads it."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body; ParseError with a sentence otherwise. Of what is larger than a form may be, no more is read."""
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        content = stream.read(most + 1)
        if len(content) > most:
            raise RequestDataTooBig(f"a JSON body of more than {most} bytes")
        try:
            text = content.decode("utf-8")
            parsed = json.loads(
                text,
                parse_constant=_refuse_number,
                parse_float=_refuse_number,
                object_pairs_hook=_each_field_once,
            )
            if HALF.search(text):
                json.dumps(parsed, ensure_ascii=False).encode("utf-8")
            return parsed
        except RecursionError as fault:
            raise exceptions.ParseError("JSON 嵌套过深") from fault
        except UnicodeEncodeError as fault:
            raise exceptions.ParseError("文字里有不成对的代理码（\\ud800 至 \\udfff），不是字符") from fault
        except ValueError as fault:  # not JSON, not UTF-8, an integer of thousands of digits
            raise exceptions.ParseError("不是有效的 JSON（UTF-8）") from fault


def _refuse_number(text: str) -> Any:
    raise exceptions.ParseError(f'{text[:20]} 不能作为数字：金额和比率请用文本，如 "1830000.00"')


def _each_field_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            told = name[:60].encode("utf-8", "replace").decode()  # half of a character cannot be answered
            raise exceptions.ParseError(f"字段 {told} 出现了两次")
        found[name] = value
    return found
