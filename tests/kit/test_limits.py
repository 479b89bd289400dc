"""Whose address counts at doors without an account."""

import pytest
from django.test import RequestFactory

from kit.limits import address


def call(forwarded=""):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers=headers)


@pytest.mark.parametrize(
    ("behind", "forwarded", "counts"),
    [
        (False, "203.0.113.9", "10.0.0.1"),  # anybody may write the header
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # only what the proxy added
        (True, "", "10.0.0.1"),
        (True, "nonsense" * 20, "10.0.0.1"),
    ],
)
def test_the_address(settings, behind, forwarded, counts):
    settings.BEHIND_PROXY = behind
    assert address(call(forwarded)) == counts
