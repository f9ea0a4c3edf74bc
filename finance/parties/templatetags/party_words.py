"""Words of the rules about enterprises on pages."""

from django import template

from finance.parties.words import party_words

register = template.Library()
register.filter("party_words", party_words)
