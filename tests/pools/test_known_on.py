"""As of a day, and as known at a moment: later corrections do not reach back."""

from django.utils import timezone

from finance.loans.models import LoanTerms
from kernel.money.fields import money_of
from riskpool.pools import queries
from tests.books import TODAY, open_books
from tests.cast import make_cast


def test_what_was_known_then_does_not_see_terms_that_were_corrected_later(own_database):
    """Real commits, so that each row has a moment of its own."""
    with own_database.as_default():
        books = open_books(make_cast())
        loan = books.lend(600_000_00)
        books.enrol(loan)
        before = timezone.now()
        first = loan.terms
        corrected = {
            field.attname: getattr(first, field.attname)
            for field in first._meta.concrete_fields
            if field.attname not in ("id", "seq", "principal", "recorded_at")
        }
        loan.terms = LoanTerms.objects.create(**corrected, seq=2, principal=money_of(500_000_00))
        loan.save(update_fields=["terms"])
        assert [row.exposure for row in queries.exposed_on(books.pool, TODAY)] == [500_000_00]
        assert [row.exposure for row in queries.exposed_on(books.pool, TODAY, before)] == [600_000_00]
