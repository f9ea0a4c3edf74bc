"""Empty signature fields at the dashed boxes of a document, so that a seal system finds by name where its seal belongs.

A template gives a seal's box an id that begins with `seal_` (`seal_finance_bureau`, `seal_bank`, `seal_guarantor`, ...);
the engine tells where it came to lie, and pyHanko adds a field of that name and size. Nothing is signed here: a
government's seal (GB/T 38540) is put on by its own system, outside.
"""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    import weasyprint

FIELD_NAMES_BEGIN = "seal_"
POINTS_PER_PIXEL = 0.75  # CSS: 96 pixels to the inch, PDF: 72 points


@dataclass(frozen=True)
class SealPlace:
    """Where a seal belongs: the field's name, the page counted from 0, and the box in points from the lower left."""

    name: str
    page: int
    box: tuple[int, int, int, int]


def seal_places(document: weasyprint.Document) -> list[SealPlace]:
    """The named boxes of a laid out document, in reading order; a name on two pages is a programmer's error.

    Whole points inside the drawn line, so that the field never covers what stands beside the box.
    """
    places = [
        SealPlace(
            name,
            number,
            (
                math.ceil(left * POINTS_PER_PIXEL),
                math.ceil((page.height - bottom) * POINTS_PER_PIXEL),
                math.floor(right * POINTS_PER_PIXEL),
                math.floor((page.height - top) * POINTS_PER_PIXEL),
            ),
        )
        for number, page in enumerate(document.pages)
        for name, (left, top, right, bottom) in page.anchors.items()
        if name.startswith(FIELD_NAMES_BEGIN)
    ]
    assert len({place.name for place in places}) == len(places), f"a seal's name stands twice: {places}"
    return places


class _SameBytesWriter(IncrementalPdfFileWriter):
    """pyHanko's writer without its clock and its dice: the file's dates and name of origin stay the engine's."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__(io.BytesIO(pdf))
        first, _ = self._document_id
        self._document_id = generic.ArrayObject(
            [first, generic.ByteStringObject(hashlib.sha256(pdf).digest()[:16])]
        )

    def _update_meta(self) -> None:
        """Leave title, dates and XMP as they are: they are input, and PDF/A wants both places to agree."""


def with_empty_fields(pdf: bytes, places: Sequence[SealPlace]) -> bytes:
    """The PDF with an empty, visible signature field at each place; the same input gives the same bytes."""
    if not places:
        return pdf
    writer = _SameBytesWriter(pdf)
    for place in places:
        append_signature_field(writer, SigFieldSpec(place.name, on_page=place.page, box=place.box))
    sealed = io.BytesIO()
    writer.write(sealed)  # type: ignore[no-untyped-call]
    return sealed.getvalue()
