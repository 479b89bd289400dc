"""Every page on a phone, by night: accessible, nothing sticks out, nothing in the console."""

from tests.browser.walk import walk


def test_every_page_is_sound(company, page_of, client_of):
    wrong = walk(page_of, client_of, width=390, dark=True)
    assert not wrong, wrong
