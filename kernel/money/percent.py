"""A share printed as percent, by one rule for the whole house. Pure.

Rounded half up to the asked place, but 100 % is printed only of exactly the whole: 99.97 % of a ceiling is not "all
used", and 100.02 % is not "just reached". Such a share takes the nearest figure on its own side (99.9 %, 100.1 %).
"""

from decimal import Decimal
from fractions import Fraction


def percent_figure(share: Fraction | Decimal | int, places: int = 1) -> str:
    """The figure without its sign, for cells under a heading in percent; `share` is of one, a float is refused.

    >>> percent_figure(Fraction(79, 100)), percent_figure(Fraction(1, 3), 0), percent_figure(Fraction(2, 3))
    ('79.0', '33', '66.7')
    >>> [percent_figure(Fraction(part, 10000)) for part in (9994, 9999, 10000, 10001, 10006)]
    ['99.9', '99.9', '100.0', '100.1', '100.1']
    """
    if isinstance(share, bool) or not isinstance(share, (int, Fraction, Decimal)):
        raise TypeError(f"a share is Fraction, Decimal or int, not {type(share).__name__}")
    exact = Fraction(share)
    whole = 100 * 10**places
    scaled = abs(exact) * whole
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    if units == whole and scaled != whole:
        units = whole - 1 if scaled < whole else whole + 1
    integer, rest = divmod(units, 10**places)
    sign = "-" if exact < 0 and units else ""
    return f"{sign}{integer:,}.{rest:0{places}d}" if places else f"{sign}{integer:,}"


def percent_text(share: Fraction | Decimal | int, places: int = 1) -> str:
    """The same with its sign.

    >>> percent_text(Fraction(999, 1000), 0), percent_text(1), percent_text(Decimal("0.00505"), 2)
    ('99%', '100.0%', '0.51%')
    """
    return f"{percent_figure(share, places)}%"
