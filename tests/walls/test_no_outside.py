"""The check of pages that tests/walls/test_every_door.py makes of every page for everybody: does it see what it is for?"""

from __future__ import annotations

import pytest

from tests.walls.outside import faults


@pytest.mark.parametrize(
    "page",
    [
        '<img src="https://elsewhere.example/a.png">',
        '<link href="//elsewhere.example/a.css">',
        "<script>alert(1)</script>",
        '<p style="color:red">',
        '<a onclick="x()">',
        "<style>p{background:url(http://elsewhere.example/a)}</style>",
        '<form action="http://elsewhere.example/">',
        '<a href="javascript:alert(1)">',
        '<a href="&#47;&sol;elsewhere.example/">',
        "<script><!-- alert(1)</script>",
        "<p/style=color:red>",
        "<body onload>",
    ],
)
def test_the_check_sees_what_it_is_for(page: str) -> None:
    assert faults(page) != []


def test_the_check_lets_pass_what_is_our_own() -> None:
    assert faults('<a href="/claims/">x</a><script src="/static/js/zhirong.js" defer></script>') == []
