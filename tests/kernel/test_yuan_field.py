"""YuanField: CNY with two decimals, held by the field and by the database."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps
from djmoney.money import Money

from kernel.money.fields import YuanField, cny_only, fen_of, money_of, not_negative


@pytest.fixture(scope="module")
def model():
    with isolate_apps("kernel.calendars"):

        class Payment(models.Model):
            amount = YuanField()
            fee = YuanField(null=True, blank=True)

            class Meta:
                app_label = "calendars"
                constraints = [*cny_only("amount", "fee"), *not_negative("amount", table="payments_made")]

            def __str__(self) -> str:
                return str(self.amount)

        return Payment


@pytest.mark.parametrize("amount", [Decimal("12.345"), "12.345", Money("12.345", "CNY"), Decimal("0.001")])
def test_a_third_decimal_is_refused_and_not_rounded(model, amount):
    with pytest.raises(ValidationError, match="不能精确到分"):
        model(amount=amount)


@pytest.mark.parametrize("amount", ["NaN", Decimal("Infinity"), "1,000", "twelve", "1E+20.5"])
def test_what_is_no_amount_is_refused(model, amount):
    with pytest.raises(ValidationError):
        model(amount=amount)


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["10000000000000000.00", "1E+27", "1E+40", f"{10**30}.001"])
def test_more_than_can_be_recorded_is_refused(model, amount):
    with pytest.raises(ValidationError):
        model(amount=amount).full_clean()


def test_a_float_is_a_programmers_error(model):
    with pytest.raises(TypeError, match="float"):
        model(amount=12.5)


def test_another_currency_is_refused(model):
    with pytest.raises(ValidationError, match="USD"):
        model(amount=Money("12", "USD"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "amount", ["12.30", Decimal("12.300"), Money("12.3", "CNY"), (Decimal("12.3"), "CNY")]
)
def test_an_exact_amount_is_kept(model, amount):
    payment = model(amount=amount)
    assert payment.amount == Money("12.30", "CNY")
    assert payment.fee is None
    payment.full_clean()


def test_a_migration_names_only_what_is_not_the_same_for_all():
    _, path, args, kwargs = YuanField(null=True).deconstruct()
    assert (path, list(args), kwargs) == ("kernel.money.fields.YuanField", [], {"null": True})


def test_the_constraints_names_are_sentences(model):
    assert [constraint.name for constraint in model._meta.constraints] == [
        "payment_amount_is_in_cny",
        "payment_fee_is_in_cny",
        "payments_made_amount_is_not_negative",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ("12.00, 'CNY', NULL, NULL", None),
        ("0.00, 'CNY', 1.00, 'CNY'", None),
        ("12.00, 'USD', NULL, NULL", "payment_amount_is_in_cny"),
        ("12.00, 'CNY', 1.00, 'USD'", "payment_fee_is_in_cny"),
        ("12.00, 'CNY', 1.00, NULL", "payment_fee_is_in_cny"),
        ("-0.01, 'CNY', NULL, NULL", "payments_made_amount_is_not_negative"),
    ],
)
def test_raw_sql_meets_the_same_rules(model, row, refusal):
    with connection.cursor() as cursor:
        checks = [
            constraint.constraint_sql(model, connection.schema_editor())
            for constraint in model._meta.constraints
        ]
        columns = "amount numeric(18, 2), amount_currency text, fee numeric(18, 2), fee_currency text"
        cursor.execute(f"CREATE TEMP TABLE calendars_payment ({columns}, {', '.join(checks)}) ON COMMIT DROP")
        if refusal is None:
            cursor.execute(f"INSERT INTO calendars_payment VALUES ({row})")
        else:
            with pytest.raises(IntegrityError, match=refusal), transaction.atomic():
                cursor.execute(f"INSERT INTO calendars_payment VALUES ({row})")


def test_money_and_fen_are_each_others_inverse():
    for fen in (0, 1, -1, 183000005, 10**18 - 1):
        assert fen_of(money_of(fen)) == fen
    assert money_of(183000005) == Money("1830000.05", "CNY")


def test_what_is_not_whole_fen_in_cny_does_not_become_fen():
    for money in (Money("1", "USD"), Money("0.001", "CNY"), Money("NaN", "CNY")):
        with pytest.raises(AssertionError):
            fen_of(money)
    with pytest.raises(TypeError):
        money_of(1.0)
