"""What the API's schema says of actions: an action answers with the record it changed."""

import pytest


@pytest.fixture
def paths(api_of, admin):
    return api_of(admin).get("/api/schema/", {"format": "json"}).json()["paths"]


def answer(paths, method, path):
    """The name of what a door answers when all is well."""
    found = paths[path][method]["responses"]
    code = next(code for code in ("200", "201") if code in found)
    schema = next(iter(found[code]["content"].values()))["schema"]
    return schema.get("$ref", "").rpartition("/")[2] or schema


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("post", "/api/requests/{id}/reply/", "Request"),
        ("post", "/api/requests/{id}/resolve/", "Request"),
        ("post", "/api/handoffs/{id}/accept/", "HandOff"),
        ("post", "/api/meetings/{id}/cancel/", "Meeting"),
        ("post", "/api/meetings/{id}/preview/", "Seen"),
        ("post", "/api/meetings/{id}/propose/", "Proposal"),
        ("post", "/api/meetings/{id}/evidence/", "KeptEvidence"),
        ("patch", "/api/meetings/{id}/materials/{item}/", "PrepItem"),
        ("get", "/api/imports/{id}/problems/", "PaginatedProblemList"),
    ],
)
def test_an_action_answers_with_what_it_says(paths, method, path, name):
    assert answer(paths, method, path) == name


def test_a_short_list_of_a_record_comes_whole(paths):
    found = answer(paths, "get", "/api/meetings/{id}/materials/")

    assert found == {"type": "array", "items": {"$ref": "#/components/schemas/PrepItem"}}
