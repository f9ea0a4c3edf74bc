"""Money in models: yuan with two decimals, CNY and nothing else. The only file of this package that knows
Django.

Three traps of the library were measured and are closed here: the `CURRENCIES` setting does not stop a USD
row from being saved, a third decimal is rounded silently (12.345 became 12.34), and a float is taken. The
database holds the same by `cny_only` and `not_negative`.
"""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money
from moneyed import Money as PlainMoney

from kernel.money.yuan import FEN_IN_YUAN, LARGEST_FEN

CURRENCY = "CNY"
_DIGITS = 18
_PLACES = 2
_FEN = Decimal("0.01")
_FIRST_TOO_LARGE = Decimal(10) ** (_DIGITS - _PLACES)


class YuanField(MoneyField):
    """An amount in yuan. What cannot be kept exactly as CNY with two decimals is refused when it is
    assigned."""

    _pyi_private_set_type: Any  # for the types of models only: what may be assigned, what is read
    _pyi_private_get_type: Any

    def __init__(self, verbose_name: Any = None, name: str | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", _DIGITS)
        kwargs.setdefault("decimal_places", _PLACES)
        kwargs.setdefault("default_currency", CURRENCY)
        kwargs.setdefault("currency_choices", [(CURRENCY, _("人民币"))])
        super().__init__(verbose_name, name, **kwargs)  # type: ignore[no-untyped-call]

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Without what every YuanField has, so that a migration reads as the model does."""
        name, path, args, kwargs = super().deconstruct()  # type: ignore[no-untyped-call]
        for fixed in ("max_digits", "decimal_places", "default_currency", "currency_choices"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs

    def to_python(self, value: Any) -> Any:
        """The Decimal of `value`; every assignment, form and query passes here."""
        if isinstance(value, float):
            raise TypeError(f"{self.name}: a float never enters an amount")
        if isinstance(value, PlainMoney) and str(value.currency) != CURRENCY:
            raise ValidationError(
                _("金额只能以人民币记账，不能是%(currency)s"), "currency", {"currency": value.currency}
            )
        amount = super().to_python(value)  # type: ignore[no-untyped-call]
        if not isinstance(amount, Decimal):
            return amount
        if not _is_whole_fen(amount):
            raise ValidationError(
                _("金额%(amount)s不能精确到分，请填写最多两位小数"), "decimals", {"amount": amount}
            )
        return amount.quantize(_FEN) if abs(amount) < _FIRST_TOO_LARGE else amount  # 12.300 is 12.30


def cny_only(*field_names: str, table: str = "%(class)s") -> list[CheckConstraint]:
    """One database check a field: an amount that is there is in CNY. Use as `constraints =
    [*cny_only("amount")]`.

    `table` begins the constraints' names; without it the model's name does.
    """
    return [
        CheckConstraint(
            condition=Q(**{f"{name}__isnull": True})
            | Q(**{f"{name}_currency__isnull": False, f"{name}_currency": CURRENCY}),
            name=f"{table}_{name}_is_in_cny",
        )
        for name in field_names
    ]


def not_negative(*field_names: str, table: str = "%(class)s") -> list[CheckConstraint]:
    """One database check a field: the amount is never below zero (an absent amount passes)."""
    return [
        CheckConstraint(condition=Q(**{f"{name}__gte": Decimal(0)}), name=f"{table}_{name}_is_not_negative")
        for name in field_names
    ]


def fen_of(money: PlainMoney) -> int:
    """The whole fen of a Money; another currency or a part of a fen is a programmer's error here.

    >>> fen_of(Money("1830000.05", "CNY"))
    183000005
    """
    assert str(money.currency) == CURRENCY, f"{money.currency} is not {CURRENCY}"
    assert _is_whole_fen(money.amount), f"{money.amount} is not whole fen"
    return int(money.amount * FEN_IN_YUAN)


def money_of(fen: int) -> Money:
    """The Money of whole fen.

    >>> money_of(183000005) == Money("1830000.05", "CNY")
    True
    """
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise TypeError(f"an amount is a whole number of fen (int), not {type(fen).__name__}")
    assert abs(fen) <= LARGEST_FEN, "more than can be recorded"
    return Money(Decimal(fen).scaleb(-_PLACES), CURRENCY)


def _is_whole_fen(amount: Decimal) -> bool:
    if not amount.is_finite():
        return False
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent >= -_PLACES or (abs(amount) < _FIRST_TOO_LARGE and amount == amount.quantize(_FEN))
