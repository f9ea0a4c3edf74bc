"""Targets of the founding documents: what they ask by when, what they observed themselves, what this platform measures.

`rules` reads the files and compares; `measuring` takes figures from the platform's rows, for the viewer's own region. What
cannot be measured here is said to be so and never guessed.
"""
