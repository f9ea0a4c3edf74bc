"""Words of cards on pages."""

from django import template

from valuation.words import card_words

register = template.Library()
register.filter("card_words", card_words)
