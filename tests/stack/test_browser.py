"""A real browser against the live server, on a database that is made anew afterwards."""

import pytest
from django.contrib.auth import get_user_model


@pytest.mark.browser
def test_a_wrong_password_is_told_in_the_page_and_the_right_one_opens(live_server, page):
    get_user_model().objects.create_user("li", password="the right one 9")
    page.goto(f"{live_server.url}/account/login/")
    page.fill("input[name=login]", "li")
    page.fill("input[name=password]", "wrong")
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    assert page.url.endswith("/account/login/")
    page.fill("input[name=login]", "li")
    page.fill("input[name=password]", "the right one 9")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/account/login/" not in url)


@pytest.mark.django_db(transaction=True)  # so that it runs after the one above
def test_and_nothing_of_it_is_left():
    assert not get_user_model().objects.filter(username="li").exists()
