"""Where seals belong: named, empty fields at the dashed boxes. Read back with pypdf and with pyHanko's own reader."""

import datetime as dt
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import enumerate_sig_fields
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from kernel.documents import render

POINTS_PER_MM = 72 / 25.4
BOX_MM = (42, 27)  # kernel/documents/assets/document.css
AT = datetime(2026, 11, 20, 7, 40, tzinfo=UTC)
TWO_SEALS: dict[str, Any] = {
    "title": "合作协议补充约定",
    "serial": "ZR-20261120-000001",
    "seals": [
        {"field": "seal_bank", "issuer": "重庆渝州银行股份有限公司", "day": "2026年11月20日"},
        {"field": "seal_finance_bureau", "issuer": "重庆市渝中区财政局", "day": "2026年11月20日"},
    ],
}


def document(**facts: Any) -> bytes:
    attached = [render.Attached("a.json", b"{}", "数据")]
    return render.render_pdf("pdf/sections.html", {**TWO_SEALS, **facts}, attachments=attached, at=AT)


def long_text(paragraphs: int) -> list[dict[str, Any]]:
    return [{"heading": "说明", "paragraphs": ["所附数据可供逐步复核。" * 20] * paragraphs}]


def widgets(pdf: bytes) -> dict[str, tuple[int, Any]]:
    """Name of each field's widget: the number of its page, counted from 0, and the annotation itself."""
    return {
        note.get_object()["/T"]: (number, note.get_object())
        for number, page in enumerate(PdfReader(io.BytesIO(pdf)).pages)
        for note in page.get("/Annots", [])
        if note.get_object()["/Subtype"] == "/Widget"
    }


def test_every_dashed_box_is_an_empty_field_of_its_name_that_nobody_has_signed() -> None:
    pdf = document()
    fields = PdfReader(io.BytesIO(pdf)).get_fields() or {}
    assert list(fields) == ["seal_bank", "seal_finance_bureau"]
    assert {field["/FT"] for field in fields.values()} == {"/Sig"}
    assert not any(field.get("/V") for field in fields.values())
    by_its_maker = list(enumerate_sig_fields(PdfFileReader(io.BytesIO(pdf))))
    assert [(name, value) for name, value, _ in by_its_maker] == [
        ("seal_bank", None),
        ("seal_finance_bureau", None),
    ]
    assert PdfFileReader(io.BytesIO(pdf)).embedded_signatures == []


@pytest.mark.parametrize("paragraphs", [0, 2, 9])
def test_a_field_lies_on_the_page_and_at_the_place_of_its_box(paragraphs: int) -> None:
    pdf = document(sections=long_text(paragraphs))
    reader = PdfReader(io.BytesIO(pdf))
    last = len(reader.pages) - 1
    assert (last > 0) == (paragraphs == 9)
    spoken: list[tuple[str, float, float]] = []
    reader.pages[last].extract_text(
        visitor_text=lambda text, within, at, *_: spoken.append(
            (text, at[4] * within[0] + within[4], at[5] * within[3] + within[5])
        )
    )
    marks = sorted((x, y) for text, x, y in spoken if "盖章处" in text)
    found = widgets(pdf)
    assert [found[name][0] for name in ("seal_bank", "seal_finance_bureau")] == [last, last]
    assert len(marks) == 2, "the two words （盖章处）, left and right"
    for (x, y), name in zip(marks, ("seal_bank", "seal_finance_bureau"), strict=True):
        left, bottom, right, top = map(float, found[name][1]["/Rect"])
        page = reader.pages[last].mediabox
        assert 0 < left < right < float(page.width)
        assert 0 < bottom < top < float(page.height)
        # whole points inside a line of 0.8 points about a box of 42 by 27 mm
        assert right - left == pytest.approx(BOX_MM[0] * POINTS_PER_MM, abs=3)
        assert top - bottom == pytest.approx(BOX_MM[1] * POINTS_PER_MM, abs=3)
        assert left < x < right
        assert bottom < y < top, "the words （盖章处） are inside the field"


def test_the_same_document_with_fields_has_the_same_bytes() -> None:
    assert document() == document()
    assert document() != document(serial="ZR-20261120-000002")


def test_a_document_without_a_box_is_left_as_the_engine_made_it() -> None:
    pdf = document(seals=[])
    assert pdf.count(b"%%EOF") == 1
    assert "/AcroForm" not in PdfReader(io.BytesIO(pdf)).trailer["/Root"].get_object()


def test_a_name_that_stands_twice_is_a_fault_of_the_template() -> None:
    bank = TWO_SEALS["seals"][0]
    with pytest.raises(AssertionError, match="used twice"):
        document(seals=[bank, bank])


def test_a_box_whose_name_was_forgotten_is_named_by_its_number() -> None:
    assert list(widgets(document(seals=[{"issuer": "甲", "day": ""}, {"issuer": "乙", "day": ""}]))) == [
        "seal_1",
        "seal_2",
    ]


def test_no_template_draws_a_box_for_a_seal_without_a_name() -> None:
    folder = Path(settings.BASE_DIR) / "templates" / "pdf"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}
    assert [name for name, text in texts.items() if 'class="box"' in text] == ["_seal.html"]
    drawn = [
        tag for text in texts.values() for tag in re.findall(r"\{% include [^%]*_seal\.html[^%]*%\}", text)
    ]
    assert len(drawn) >= 3
    assert [tag for tag in drawn if not re.search(r'field=("seal_[a-z_]+"|place\.field)', tag)] == []


def test_a_seal_system_can_sign_the_field_it_finds_and_the_rest_stays_as_issued() -> None:
    """What pyHanko signs, with a key made for this test, is a lawful change of the issued file and touches one field."""
    issued = document()
    signed = io.BytesIO()
    signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(issued)),
        signers.PdfSignatureMetadata(field_name="seal_finance_bureau"),
        signer=_signer(),
        output=signed,
    )
    whole = signed.getvalue()
    assert whole.startswith(issued)
    (signature,) = PdfFileReader(io.BytesIO(whole)).embedded_signatures
    signature.compute_integrity_info()
    assert signature.field_name == "seal_finance_bureau"
    assert signature.summarise_integrity_info()["coverage"].name == "ENTIRE_FILE"
    empty = enumerate_sig_fields(PdfFileReader(io.BytesIO(whole)), filled_status=False)
    assert [name for name, *_ in empty] == ["seal_bank"]


def _signer() -> signers.SimpleSigner:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "测试印章")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2026, 1, 1))
        .not_valid_after(dt.datetime(2036, 1, 1))
        .sign(key, hashes.SHA256())
    )
    bundle = serialization.pkcs12.serialize_key_and_certificates(
        b"seal", key, certificate, None, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner.load_pkcs12_data(bundle, other_certs=[])
    assert signer is not None
    return signer


# --- what PDF/A-3b (ISO 19005-3) asks and can be looked at without a validator ---


def everything(reader: PdfReader) -> list[Any]:
    """Every object that the cross-reference table reaches."""
    return [
        reader.get_object(IndirectObject(number, generation, reader))
        for generation, places in reader.xref.items()
        for number in places
        if number
    ] + [reader.get_object(IndirectObject(number, 0, reader)) for number in reader.xref_objStm]


def test_what_pdf_a_3_asks_of_colours_fonts_files_and_fields_holds() -> None:
    reader = PdfReader(io.BytesIO(document(sections=long_text(2))))
    root = reader.trailer["/Root"].get_object()
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert len(intent.get_object()["/DestOutputProfile"].get_object().get_data()) > 1000, (
        "6.2.3: a profile inside"
    )
    associated, *again = root["/AF"]
    assert {reference.idnum for reference in again} <= {associated.idnum}, (
        "the engine may name the one file twice"
    )
    assert associated.get_object()["/AFRelationship"] == "/Data", "6.8: every file says how it belongs"
    assert associated.get_object()["/UF"] == "a.json"
    assert "/NeedAppearances" not in root["/AcroForm"].get_object(), "6.4.1"
    assert "/XFA" not in root["/AcroForm"].get_object(), "6.4.2"
    assert "/Encrypt" not in reader.trailer, "6.1.3"
    assert len(reader.trailer["/ID"]) == 2
    objects = [thing for thing in everything(reader) if hasattr(thing, "get")]
    descriptors = [thing for thing in objects if thing.get("/Type") == "/FontDescriptor"]
    assert len(descriptors) >= 2
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in descriptors), (
        "6.2.11.4.1: every font is inside"
    )
    actions = {thing.get("/S") for thing in objects if thing.get("/Type") == "/Action"}
    assert not actions & {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData"}, "6.5.1"
    assert not any("/AA" in thing for thing in objects), "6.4.1, 6.5.2: nothing happens by itself"


def test_every_field_has_an_appearance_and_is_printed_with_the_page() -> None:
    for _, widget in widgets(document()).values():
        assert widget["/AP"]["/N"].get_object()["/Subtype"] == "/Form", "6.3.3"
        flags = int(widget["/F"])
        assert flags & 4, "6.3.2: printed"
        assert not flags & (1 | 2 | 32 | 256), "6.3.2: neither invisible, hidden, unseen nor toggled"


def test_the_dates_of_the_file_are_the_ones_it_was_issued_with_in_both_places() -> None:
    reader = PdfReader(io.BytesIO(document()))
    assert reader.metadata is not None
    assert reader.xmp_metadata is not None
    assert reader.metadata.modification_date == AT
    assert reader.xmp_metadata.xmp_modify_date == AT.replace(tzinfo=None)
    assert reader.metadata.title == TWO_SEALS["title"]
