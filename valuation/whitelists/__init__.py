"""White lists (白名单): which firms of a region meet a published filter, pushed to banks, and what became of each.

A bureau makes a list from what the platform knows, a second person approves it, banks answer. The room knows scorecards'
facts, enterprises, consents and loans; it knows no score, no grade and no bank's parameters: a filter is not a rating.
"""
