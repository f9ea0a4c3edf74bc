"""Cell grammars for the domain's identifiers: credit codes and right numbers. Pure."""

from dataclasses import dataclass

from finance.parties.rules import checked_credit_code, plain_credit_code, why_no_credit_code
from finance.pledges.rules import is_publication_number, patent_number, plain_number, right_kind
from kernel.sheets.cells import Cell, excerpt
from kernel.sheets.columns import Flaw, Reading, unread
from kernel.sheets.grammars import mangled_number, written, wrong_kind


@dataclass(frozen=True)
class CreditCode:
    """The unified social credit code (GB 32100-2015); a failed check digit only warns, since lawful
    ones exist.
    """

    kind: str = "text"
    wanted: str = "请填写 18 位统一社会信用代码"

    def read(self, cell: Cell) -> Reading:
        """The code in capitals without blanks."""
        if bad := wrong_kind(cell, self.wanted) or mangled_number(cell, self.wanted, digits=0):
            return bad
        text, folds = written(cell)
        code = plain_credit_code(text)
        if code != text or code != cell.text:
            folds = (f"按 {code} 读入",)
        check = checked_credit_code(code)
        if check is None:
            return unread("bad_credit_code", why_no_credit_code(code), self.wanted)
        if check.code_holds and check.organisation_holds:
            return Reading(code, folds)
        found = f"校验位不符：末位是 {code[17]}，按国家标准应为 {check.expected}"
        if check.code_holds:
            found = (
                f"主体标识码校验位不符：第 17 位是 {code[16]}，按国家标准应为 {check.expected_organisation}"
            )
        flaw = Flaw("credit_code_check", found, "请对照营业执照核对；确实无误的，由复核人确认", "warning")
        return Reading(code, folds, (flaw,))


def right_number(text: str) -> Reading:
    """One right's number in its normal form.

    A number of no known kind is an error; a failed patent check digit, or a publication number where
    the patent number should stand, only warns (both rules are recalled or have lawful exceptions).
    """
    kind = right_kind(text)
    plain = plain_number(text)
    if kind == "patent":
        number = patent_number(text)
        assert number is not None
        folds = () if number.text == text.strip() else (f"按 {number.text} 读入",)
        if number.check_holds:
            return Reading(number.text, folds)
        found = f"专利号 {number.text} 的校验位不符：应为 {number.expected_check}"
        flaw = Flaw("patent_check", found, "请对照专利证书核对；确实无误的，由复核人确认", "warning")
        return Reading(number.text, folds, (flaw,))
    if is_publication_number(plain):
        found = f"{plain} 是公开（公告）号，不是专利号"
        flaw = Flaw("publication_number", found, "请改填专利证书上的专利号（ZL 开头）", "warning")
        return Reading(plain, (), (flaw,))
    if kind is None:
        return unread(
            "bad_right_number",
            f"“{excerpt(text)}”不是专利号、商标注册号或登记号",
            "请照证书填写，例如 ZL202110123456.7；多个编号之间用“；”分隔",
        )
    return Reading(plain, () if plain == text else (f"按 {plain} 读入",))
