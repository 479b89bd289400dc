"""A channel that a connector brings: chosen on the preferences page, owed with the notice, carried
under the same leases as mail."""

from datetime import time, timedelta

import pytest

from comms import deliveries
from comms import services as comms
from comms.models import Delivery, Suppression
from comms.outcomes import NotReached, Unknown
from notices import services
from notices.kinds import KINDS, Mail
from notices.models import Notice, Preference, Rhythm

HERE = "tests.notices.test_channels"
CARRIED = []
TAKEN = {}


class Pigeon:
    """What a connector for Slack or Teams looks like."""

    label = "Pigeon"
    hows = (Mail.NOW, Mail.NEVER)

    def unless_chosen(self, kind):
        return Mail.NEVER

    def reaches(self, user):
        return "loft-7" if user.name.startswith("Daniel") else ""

    def owe(self, user, told):
        comms.owe_on(
            "pigeon", key=told.key, recipient=self.reaches(user), subject=told.subject,
            body=told.words, due_at=told.due_at, at=told.at, about=told.about, user=user,
        )  # fmt: skip


class Carrier:
    trouble = None

    def carry(self, delivery, around):
        if Carrier.trouble is not None:
            raise Carrier.trouble
        CARRIED.append((delivery.recipient, delivery.subject))

    def close(self):
        pass

    @staticmethod
    def taken(message_ids):
        return {one: TAKEN.get(one) for one in message_ids}


@pytest.fixture(autouse=True)
def pigeons(settings, db):
    settings.CHANNELS = settings.CHANNELS | {"pigeon": f"{HERE}.Pigeon"}
    settings.CHANNEL_CARRIERS = {"pigeon": f"{HERE}.Carrier"}
    CARRIED.clear()
    TAKEN.clear()
    Carrier.trouble = None


@pytest.fixture
def chosen(rep, now):
    services.choose(rep, {"mentioned": "now"}, at=now, channel="pigeon")
    services.choose(rep, {"mentioned": "never"}, at=now)


class TestOwing:
    def test_only_to_who_chose_it(self, rep, coordinator, chosen, tell, now):
        tell(rep, now, link="/requests/1/")
        tell(rep, now, link="/requests/1/")
        tell(rep, now, kind="followed", key="other")
        found = Delivery.objects.filter(channel="pigeon")
        assert list(found.values_list("recipient", "provider")) == [("loft-7", "pigeon")]
        assert "/requests/1/" in found.get().body

    def test_beside_mail_under_a_key_of_its_own(self, rep, chosen, tell, now):
        services.choose(rep, {"mentioned": "now"}, at=now)
        tell(rep, now)
        assert sorted(Delivery.objects.values_list("channel", flat=True)) == ["mail", "pigeon"]

    def test_not_to_whom_it_does_not_reach(self, coordinator, tell, now):
        services.choose(coordinator, {"mentioned": "now"}, at=now, channel="pigeon")
        tell(coordinator, now)
        assert not Delivery.objects.filter(channel="pigeon").exists()
        assert Notice.objects.count() == 1

    def test_it_waits_for_the_end_of_quiet_hours_too(self, rep, chosen, tell, now):
        Rhythm.objects.create(user=rep, quiet_from=time(9), quiet_until=time(12))
        tell(rep, now)  # ten in Amsterdam
        assert Delivery.objects.get().due_at == now + timedelta(hours=2)

    def test_in_the_callers_transaction(self, rep, chosen, tell, now):
        from django.db import transaction

        def fails():
            with transaction.atomic():
                tell(rep, now)
                raise ConnectionError

        with pytest.raises(ConnectionError):
            fails()
        assert not Delivery.objects.exists()

    def test_without_the_channel_nothing_of_it_is_owed(self, rep, chosen, tell, now, settings):
        settings.CHANNELS = {"mail": settings.CHANNELS["mail"]}
        tell(rep, now)
        assert not Delivery.objects.exists()  # the control


class TestCarrying:
    @pytest.fixture
    def owed(self, rep, chosen, tell, now):
        tell(rep, now, subject="Look")
        return Delivery.objects.get()

    def test_by_the_carrier_of_its_name_once(self, owed, now):
        assert deliveries.send_due(at=now) == 1
        assert deliveries.send_due(at=now) == 0
        owed.refresh_from_db()
        assert (CARRIED, owed.status) == ([("loft-7", "Look")], "sent")

    def test_who_cannot_be_reached_is_tried_again(self, owed, now):
        Carrier.trouble = NotReached("The loft is closed.")
        deliveries.send_due(at=now)
        owed.refresh_from_db()
        assert (owed.status, owed.attempts) == ("pending", 0)

    @pytest.mark.parametrize(
        ("taken", "status"), [(True, "sent"), (False, "pending"), (None, "unknown")]
    )
    def test_a_cut_is_settled_by_asking_the_other_side(self, owed, now, taken, status):
        Carrier.trouble = Unknown("The line was cut.")
        deliveries.send_due(at=now)
        TAKEN[owed.message_id] = taken
        deliveries.reconcile(at=now + timedelta(days=400))
        owed.refresh_from_db()
        assert owed.status == status

    def test_a_stopped_mail_address_stops_no_pigeon(self, owed, now):
        Suppression.objects.create(address="loft-7", reason="bounce", why="x", since=now)
        deliveries.send_due(at=now)
        assert CARRIED == [("loft-7", "Look")]


class TestThePage:
    def form(self, **more):
        form = {f"mail-{code}": kind.mail.value for code, kind in KINDS.items()}
        form |= {f"inbox-{code}": "now" for code, kind in KINDS.items() if not kind.must_see}
        return form | {"digest": "daily", "digest_at": "08:00"} | more

    def test_has_a_column_for_who_is_reached(self, rep, client_of):
        page = client_of(rep)
        assert '<th scope="col">Pigeon</th>' in page.get("/inbox/preferences/").content.decode()
        own = {f"pigeon-{code}": "never" for code in KINDS} | {"pigeon-turn": "now"}
        assert page.post("/inbox/preferences/", self.form(**own)).status_code == 302
        assert Preference.objects.get(user=rep, channel="pigeon", kind="turn").how == "now"

    def test_offers_no_summary_where_there_is_none(self, rep, client_of):
        own = {f"pigeon-{code}": "never" for code in KINDS} | {"pigeon-turn": "digest"}
        assert client_of(rep).post("/inbox/preferences/", self.form(**own)).status_code == 422

    def test_tells_others_that_it_is_not_connected(self, coordinator, client_of):
        shown = client_of(coordinator).get("/inbox/preferences/").content.decode()
        assert "Not connected for you yet: Pigeon." in shown
        assert "pigeon-turn" not in shown
