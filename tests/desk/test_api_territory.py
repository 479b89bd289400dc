"""Reps ask for nothing under an account of a territory that is closed to them."""

from crm.models import Territory
from desk.defaults import ensure_types
from tests import factories


def test_an_account_of_a_closed_territory_is_no_account_for_a_rep(api_of, rep, coordinator, team):
    ensure_types(team)
    closed = Territory.objects.create(name="North", is_closed=True)
    account = factories.AccountFactory(territory=closed)
    body = {
        "type": "question",
        "subject": "Which seal?",
        "account": account.pk,
        "data": {"question": "Which?"},
    }
    refused = api_of(rep).post("/api/requests/", body, format="json", HTTP_IDEMPOTENCY_KEY="t1")
    assert refused.status_code == 400
    assert "account" in refused.json()["errors"]
    taken = api_of(coordinator).post(
        "/api/requests/", body, format="json", HTTP_IDEMPOTENCY_KEY="t2"
    )
    assert taken.status_code == 201, taken.content  # the control: the desk sees it
