"""What came back is heard of once, and stops further mail."""

from datetime import timedelta

import pytest

from comms import services
from comms.models import Delivery, Suppression
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(
        name="Claire Ashworth", email="Claire@northgate.example", account=account
    )


@pytest.fixture
def mail(contact, coordinator, now):
    def owe(key="one", **fields):
        values = {
            "recipient": contact.email, "contact": contact, "author": coordinator,
            "subject": "Your quote", "body": "Here it is.",
        }  # fmt: skip
        return services.owe_mail(key=key, due_at=now, at=now, **values | fields)

    return owe


class TestBounces:
    def test_a_hard_bounce_stops_further_mail_and_tells_sender_and_owner(
        self, mail, now, rep, coordinator
    ):
        row = mail()
        services.bounced(row, hard=True, why="550 No such person", at=now)
        row.refresh_from_db()
        assert (row.bounce, row.bounced_at) == ("hard", now)
        stop = Suppression.objects.get()
        assert (stop.address, stop.reason, stop.delivery) == (row.recipient, "bounce", row)
        told = Delivery.objects.filter(key__startswith="bounce:")
        assert {t.user for t in told} == {rep, coordinator}
        assert "550 No such person" in told[0].body

    def test_a_soft_one_stops_nothing(self, mail, now):
        services.bounced(mail(), hard=False, why="452 Mailbox full", at=now)
        assert not Suppression.objects.exists()

    def test_the_same_report_twice_is_one(self, mail, now):
        for _ in range(2):
            services.bounced(mail(), hard=True, why="550", at=now)
            services.complained(mail(), why="spam", at=now)
        services.bounced(mail(), hard=False, why="452", at=now)
        assert Suppression.objects.count() == 1
        assert Entry.objects.filter(action="comms.delivery.bounced").count() == 2
        assert mail().bounce == "complaint"

    def test_a_person_lifts_it_with_a_reason(self, mail, now, coordinator):
        services.bounced(mail(), hard=True, why="550", at=now)
        stop = Suppression.objects.get()
        with pytest.raises(services.NotLiftable):
            services.lift(stop, reason=" ", by=coordinator, at=now)
        services.lift(stop, reason="She wrote to us", by=coordinator, at=now)
        with pytest.raises(services.NotLiftable):
            services.lift(stop, reason="Again", by=coordinator, at=now)
        assert not Suppression.objects.standing().exists()
        services.bounced(mail("two"), hard=True, why="550", at=now + timedelta(days=1))
        assert Suppression.objects.count() == 2
