"""A small company to throw things at."""

import os

import pytest

from coordinator.demo.people import SIGN_INS
from people.models import User


@pytest.fixture
def company(demo_company):
    """Halden Flow with its year, and {role: somebody}."""
    return {s.role.value: User.objects.get(email=s.email) for s in SIGN_INS}


def cases(few):
    """How many in all: 10,000 in the slow suite, or what FUZZ_CASES says, or `few`."""
    return int(os.environ.get("FUZZ_CASES", few))
