"""From a quote request to the quote: nothing is typed twice."""

import pytest

from desk import services
from desk.defaults import ensure_types
from desk.models import IllegalMove
from orders.models import PriceList
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(team, rep, now):
    types = ensure_types(team)
    account = factories.AccountFactory()
    pump = factories.priced_product(sku="VM-45", amount="100.00")
    data = {field["name"]: "x" for field in types["quote"].form if field.get("required")}
    for field in types["quote"].form:
        if field["kind"] == "lines":
            data[field["name"]] = [{"sku": pump.sku, "quantity": "3"}]
    return services.submit(
        types["quote"], subject="Pumps for line 4", account=account, requester=rep, data=data, by=rep,
        at=now, contact=factories.ContactFactory(account=account), priority=3, wanted_on=None,
    )  # fmt: skip


def test_the_request_becomes_the_draft(row, coordinator, now):
    quote = services.create_quote(row, by=coordinator, at=now)
    assert (quote.title, quote.account, quote.contact, quote.rep) == (
        "Pumps for line 4", row.account, row.contact, row.requester,
    )  # fmt: skip
    assert quote.revisions.get().lines.count() == len(row.data.get("lines", []))
    assert PriceList.objects.exists()


def test_once(row, coordinator, now):
    services.create_quote(row, by=coordinator, at=now)
    with pytest.raises(IllegalMove, match="already"):
        services.create_quote(row, by=coordinator, at=now)


def test_from_the_page(row, coordinator, client_of):
    page = client_of(coordinator).get(f"/requests/{row.pk}/").content.decode()
    assert "Draft the quote" in page
    answer = client_of(coordinator).post(f"/requests/{row.pk}/create-quote/")
    row.refresh_from_db()
    assert answer["Location"] == f"/orders/quotes/{row.quote_id}/"
