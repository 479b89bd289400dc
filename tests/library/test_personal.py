"""A person who is erased: her links die, nothing of hers stays in visits; others keep theirs."""

import pytest

from library import personal, services
from library.models import GateCode, Share, Visit
from tests import factories
from tests.library.conftest import pdf

pytestmark = pytest.mark.django_db


def test_links_codes_and_visits_go_and_those_of_others_stay(
    add, share, contact, account, coordinator, now
):
    other = factories.ContactFactory(
        account=account, email="paul@northgate.example", name="Paul Other"
    )
    hers = share(add(content=pdf("1")), rules={"gate": True})
    his = share(add("Two", content=pdf("2")), contact=other, rules={"gate": True})
    for row, who in ((hers, contact), (his, other)):
        services.ask_code(row, who.email, at=now)
        services.begin(row, agent="Firefox", email=who.email, at=now)
    counts = personal.erase([contact], by=coordinator, at=now)
    assert counts == {"shares": 1, "codes": 1, "visits": 1}
    assert not Share.objects.get(pk=hers.pk).works(now)
    assert Share.objects.get(pk=his.pk).works(now)
    assert [code.email for code in GateCode.objects.all()] == [other.email]
    assert sorted(Visit.objects.values_list("email", "agent")) == [
        ("", ""),
        (other.email, "Firefox"),
    ]
