"""Who may have an account: nobody makes his own."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NobodySignsUp(DefaultAccountAdapter):
    """Accounts are opened for a named person by an administrator of the person's organisation."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
