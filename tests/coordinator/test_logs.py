"""What stands in the logs leads nobody in."""

import logging

from coordinator.logs import Line


def line(text):
    return Line().format(logging.LogRecord("x", logging.WARNING, "", 0, text, (), None))


def test_the_key_of_a_link_is_left_out():
    told = line("Unprocessable Entity: /documents/send/9NnROoeMBBt3-DTNgsM8bChwFV0D7a2z/form/")
    assert "9NnROoeMBBt3" not in told
    assert "/documents/send/…/form/" in told


def test_other_addresses_stand_as_they_are():
    """The negative control."""
    assert "/orders/approvals/answer/12/" in line("Not Found: /orders/approvals/answer/12/")
