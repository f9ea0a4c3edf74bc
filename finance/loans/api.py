"""Loans for machines: what the viewer may see, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView

from finance.loans import queries
from finance.loans.models import Loan, LoanReturn, LoanTerms
from kernel.api import MoneyOut, NewestFirst, money_out
from kernel.money.fields import fen_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.response import Response


class PartyOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class LoanOut(serializers.Serializer[Any]):
    """A loan with its terms in force and its last report. Without a report the whole principal is outstanding."""

    id = serializers.UUIDField()
    bank = PartyOut()
    bank_loan_no = serializers.CharField()
    borrower = PartyOut()
    contract_no = serializers.CharField()
    principal = MoneyOut()
    annual_rate_percent = serializers.RegexField(r"^[0-9]+\.[0-9]{6}$")
    disbursed_on = serializers.DateField()
    due_on = serializers.DateField()
    security = serializers.ChoiceField(choices=LoanTerms.Security.choices)
    reported_for = serializers.DateField(allow_null=True)
    balance = MoneyOut()
    overdue_since = serializers.DateField(allow_null=True)
    grade = serializers.ChoiceField(choices=LoanReturn.Grade.choices, allow_null=True)

    def to_representation(self, loan: Loan) -> dict[str, Any]:
        terms, last = loan.terms, loan.latest_return
        assert terms is not None, "an entered loan has terms"
        return {
            "id": str(loan.pk),
            "bank": {"code": loan.bank.code, "name": loan.bank.name},
            "bank_loan_no": loan.bank_loan_no,
            "borrower": {"code": loan.borrower.code, "name": loan.borrower_name},
            "contract_no": terms.contract_no,
            "principal": money_out(fen_of(terms.principal)),
            "annual_rate_percent": str(terms.annual_rate_percent),
            "disbursed_on": terms.disbursed_on.isoformat(),
            "due_on": terms.due_on.isoformat(),
            "security": terms.security,
            "reported_for": last.period.isoformat() if last else None,
            "balance": money_out(fen_of(last.balance if last else terms.principal)),
            "overdue_since": last.overdue_since.isoformat() if last and last.overdue_since else None,
            "grade": last.grade if last else None,
        }


class Loans(GenericAPIView[Loan]):
    """The loans that the viewer may see, the latest recorded first."""

    pagination_class = NewestFirst
    serializer_class = LoanOut

    def get_queryset(self) -> QuerySet[Loan]:
        return queries.loans(viewer=self.request.viewer)

    @extend_schema(operation_id="list_loans", responses=LoanOut(many=True))
    def get(self, request: Any) -> Response:
        """One page; follow `next` until it is null."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
