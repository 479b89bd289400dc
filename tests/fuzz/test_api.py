"""The API by its own schema: whatever is sent, no 5xx, and answers are what the schema says."""

import random

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
)

from coordinator.wsgi import application
from journal.models import Entry
from people import services
from tests.fuzz.conftest import cases

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
KEYS = st.sampled_from(["1", "2", "7", "40", "150"])


def served(environ, start_response):
    """The application under a server that reads each answer to its end and closes it."""
    answer = application(environ, start_response)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


def operations(schema):
    return [found.ok() for found in schema.get_all_operations()]


def throw(operation, headers, examples, seen, wrong):
    """Cases of one operation, half of them with keys of rows that exist; what is wrong is kept."""

    @settings(
        max_examples=examples, database=None, derandomize=True, deadline=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), key=st.none() | KEYS)
    def one(case, key):
        if key is not None:
            for name in case.path_parameters or {}:
                case.path_parameters[name] = key
        answer = case.call(headers=headers)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as found:
            lines = [f"{operation.label} {answer.status_code}: {e}" for e in found.exceptions]
            wrong.setdefault(operation.label, f"{lines[0][:700]}\n{case.as_curl_command()[:600]}")

    one()


def fuzz(company, total, now):
    """Throw `total` cases at all operations, as different people: {status: how often}, {what is
    wrong}."""
    headers = [
        {"Authorization": f"Bearer {services.make_token(user, name='fuzz', by=user, at=now)}"}
        for user in (company["admin"], company["coordinator"], company["rep"])
    ]
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", served, headers=headers[0])
    found, seen, wrong = operations(schema), {}, {}
    random.Random(11).shuffle(found)
    each = max(total // len(found), 1)
    for number, operation in enumerate(found if each > 1 else found[:total]):
        throw(operation, headers[number % len(headers)], each, seen, wrong)
    return seen, wrong


def test_a_few_hundred_calls_meet_no_server_error(company, now):
    seen, wrong = fuzz(company, cases(few=300), now)
    assert not wrong, "\n\n".join(wrong.values())
    assert max(seen) < 500, seen
    assert min(seen) < 300, seen  # some of it was accepted: the fuzzer gets past the door


@pytest.mark.slow
def test_ten_thousand_calls_meet_no_server_error(company, now):
    seen, wrong = fuzz(company, cases(few=10_000), now)
    assert not wrong, "\n\n".join(wrong.values())
    assert sum(seen.values()) >= 9_000, seen
    assert max(seen) < 500, seen
    assert Entry.objects.exists()
