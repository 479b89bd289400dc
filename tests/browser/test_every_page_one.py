"""One half of all pages, on a desk by day and on a phone by night: accessible, nothing sticks out,
nothing in the console."""

import pytest

from tests.browser.walk import walk


def test_every_page_is_sound(company, page_of, client_of):
    wrong = walk(page_of, client_of, part=0)
    assert not wrong, wrong


@pytest.mark.slow
def test_every_page_of_every_route_is_sound_in_both_looks(company, page_of, client_of):
    wrong = walk(page_of, client_of, part=0, whole=True)
    assert not wrong, wrong
