"""Make the small font of rare characters that the two vendored Noto Sans SC files lack.

Names of people and firms hold characters that Noto Sans SC (the TTF build) has not: 𠮷 stands in plane 2, and
GB 18030-2022 asks for more of them. Noto Sans CJK (SIL Open Font License 1.1, Debian package fonts-noto-cjk
1:20220127) has some two thousand four hundred of them. This script keeps just those, under a name of their own, as
OTF; never as woff2, which makes every PDF ten seconds slower. It is run by hand, once per new version of either font:

    apt-get install fonts-noto-cjk && python bin/subset_rare_fonts.py
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
DEBIAN = Path("/usr/share/fonts/opentype/noto")
FAMILY = "Zhirong Rare SC"
SPACES = {0x20, 0xA0, 0x3000}  # the layout engine may set a space beside a rare sign in the rare sign's font
HAN = (
    range(0x3400, 0xA000),  # the basic block and extension A: what was added after the TTF build
    range(0xF900, 0xFB00),  # compatibility ideographs
    range(0x20000, 0x32400),  # planes 2 and 3
)


def rare_font(weight: str) -> TTFont:
    """The simplified-Chinese face of Noto Sans CJK, cut down to the Han characters that the vendored TTF has not."""
    have = TTFont(FONTS / f"NotoSansSC-{weight}.ttf", lazy=True).getBestCmap()
    faces = TTCollection(DEBIAN / f"NotoSansCJK-{weight}.ttc", lazy=True).fonts
    number = next(
        i for i, face in enumerate(faces) if face["name"].getDebugName(1).startswith("Noto Sans CJK SC")
    )
    font = TTFont(DEBIAN / f"NotoSansCJK-{weight}.ttc", fontNumber=number, recalcTimestamp=False)
    wanted = SPACES | {
        code for code in font.getBestCmap() if code not in have and any(code in block for block in HAN)
    }
    options = subset.Options(
        layout_features=[], name_IDs=["*"], notdef_outline=True, hinting=False, desubroutinize=True
    )
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=wanted)
    cutter.subset(font)
    rename(font, weight)
    return font


def rename(font: TTFont, weight: str) -> None:
    """Give the cut font its own family name, so that nobody takes it for the whole Noto Sans CJK."""
    names = font["name"]
    for record in list(names.names):
        if record.nameID not in (
            0,
            5,
            7,
            13,
            14,
        ):  # copyright, version, trademark and licence stay as they were
            names.removeNames(nameID=record.nameID)
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    for number, text in (
        (1, FAMILY),
        (2, weight),
        (3, postscript),
        (4, f"{FAMILY} {weight}"),
        (6, postscript),
    ):
        names.setName(text, number, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [postscript]
    top.topDictIndex[0].FamilyName = FAMILY
    top.topDictIndex[0].FullName = f"{FAMILY} {weight}"


if __name__ == "__main__":
    for weight in ("Regular", "Bold"):
        font = rare_font(weight)
        target = FONTS / f"ZhirongRareSC-{weight}.otf"
        font.save(target)
        print(f"{target.name}: {len(font.getBestCmap())} characters, {target.stat().st_size} bytes")
