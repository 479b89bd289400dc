"""Weekly summaries: at their moment, once, to each what she may see, as page, mail and paper."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader

from comms.models import Delivery
from crm.models import Territory
from tests import factories
from tracking import services, words
from tracking.models import Schedule, Summary


@pytest.fixture
def schedule(coordinator, manager, now):
    made = Schedule(name="The week", weekday=0, hour=time(8), zone="Europe/Amsterdam")
    return services.keep_schedule(made, recipients=[coordinator, manager], by=manager, at=now)


class TestTheMoment:
    def test_is_the_next_monday_morning_of_its_zone(self, schedule):
        assert schedule.next_at == datetime(2026, 11, 30, 7, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (
                datetime(2026, 3, 27, tzinfo=UTC),
                datetime(2026, 3, 30, 6, 0, tzinfo=UTC),
            ),  # summer has begun
            (
                datetime(2026, 11, 30, 7, 0, tzinfo=UTC),
                datetime(2026, 12, 7, 7, 0, tzinfo=UTC),
            ),  # never the same
            (datetime(2026, 11, 30, 6, 59, tzinfo=UTC), datetime(2026, 11, 30, 7, 0, tzinfo=UTC)),
        ],
    )
    def test_keeps_its_wall_time(self, schedule, after, expected):
        assert services.next_moment(schedule, after) == expected

    def test_each_is_owed_once_and_a_sleeping_worker_makes_up_for_one(self, schedule, now):
        late = now + timedelta(days=30)
        assert services.send_due(at=now) == 0
        assert services.send_due(at=late) == 2
        assert services.send_due(at=late) == 0
        assert Delivery.objects.count() == 2
        schedule.refresh_from_db()
        assert schedule.next_at > late

    def test_a_worker_that_dies_leaves_it_owed(self, schedule, now, monkeypatch):
        """The control: what is written is written together, so nothing is half done."""
        monkeypatch.setattr("tracking.services.summaries._mail", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.send_due(at=now + timedelta(days=7))
        assert (Summary.objects.count(), Delivery.objects.count()) == (0, 0)
        monkeypatch.undo()
        assert services.send_due(at=now + timedelta(days=7)) == 2


class TestWhatIsSaid:
    def test_readers_of_closed_territories_get_them_and_others_do_not(
        self, schedule, rep, coordinator, now
    ):
        closed = Territory.objects.create(name="North", is_closed=True)
        factories.deal(by=coordinator, at=now, name="Secret pumps", amount=Decimal(900),
                       account=factories.AccountFactory(territory=closed))  # fmt: skip
        schedule.recipients.add(rep)
        services.send_due(at=now + timedelta(days=7))
        told = {one.recipient: one.body for one in Delivery.objects.all()}
        assert "Secret pumps" in told[coordinator.email]
        assert "Secret pumps" not in told[rep.email]
        assert Summary.objects.count() == 2

    def test_the_paper_says_what_the_mail_says(self, schedule, coordinator, now):
        factories.deal(by=coordinator, at=now, name="Pumps for Łódź", amount=Decimal(900))
        services.send_due(at=now + timedelta(days=7))
        delivery = Delivery.objects.filter(user=coordinator).get()
        file = delivery.files.get()
        text = "".join(
            page.extract_text() for page in PdfReader(BytesIO(words.weekly(file.drawn_of))).pages
        )
        assert "Pumps for Łódź" in text
        assert "Pumps for Łódź" in delivery.body

    def test_names_of_customers_are_no_markup(self, schedule, coordinator, now):
        factories.deal(by=coordinator, at=now, name="[Click](http://bad.example) *now*")
        services.send_due(at=now + timedelta(days=7))
        assert "](http://bad.example)" not in Delivery.objects.filter(user=coordinator).get().body


class TestPages:
    def test_a_week_is_shown_and_printed(self, client_of, coordinator, now):
        factories.deal(by=coordinator, at=now, name="Hall 3", amount=Decimal(900))
        client = client_of(coordinator)
        page = client.get("/tracking/?week=2026-11-24").content.decode()
        assert "Hall 3" in page
        paper = client.get("/tracking/summary.pdf?week=2026-11-24")
        assert paper.content.startswith(b"%PDF")

    @pytest.mark.parametrize(
        "query", ["?week=nonsense", "?week=0001-01-01", "?week=9999-12-31", "?team=x&owner=9999999"]
    )
    def test_nonsense_in_the_address_is_as_if_it_were_not_said(self, client_of, coordinator, query):
        assert client_of(coordinator).get(f"/tracking/{query}").status_code == 200

    def test_a_schedule_is_made_changed_sent_and_removed_in_the_browser(
        self, client_of, manager, rep
    ):
        client = client_of(manager)
        body = {"name": "The week", "audience": "leadership", "weekday": "4", "hour": "17:00", "zone": "Europe/Berlin",
                "recipients": [manager.pk], "is_active": "on"}  # fmt: skip
        refused = client.post("/tracking/summaries/new/", body | {"zone": "Mars/Base"})
        assert refused.status_code == 422
        assert "Mars/Base" in refused.content.decode()
        assert client.post("/tracking/summaries/new/", body).status_code == 302
        row = Schedule.objects.get()
        assert (
            client.post(f"/tracking/summaries/{row.pk}/", body | {"name": "Friday"}).status_code
            == 302
        )
        client.post(f"/tracking/summaries/{row.pk}/send/")
        kept = Summary.objects.get()
        assert client.get(f"/tracking/summaries/kept/{kept.pk}/").status_code == 200
        assert client.get(f"/tracking/summaries/kept/{kept.pk}/summary.pdf").content.startswith(
            b"%PDF"
        )
        assert client_of(rep).get(f"/tracking/summaries/kept/{kept.pk}/").status_code == 404
        client.post(f"/tracking/summaries/{row.pk}/remove/")
        assert not Schedule.objects.exists()


class TestAfterAMeeting:
    def test_the_form_about_its_outcome_asks_for_the_deal(self, client_of, coordinator, rep):
        from django.utils import timezone

        from meetings import services as meetings

        now = timezone.now().replace(second=0, microsecond=0)
        before = now - timedelta(days=3)
        deal = factories.deal(by=coordinator, at=before, name="Hall 3")
        meeting = meetings.request_meeting(
            title="Visit", account=deal.account, host=rep, attendees=[coordinator.pk], guests=[], minutes=45,
            window_from=before, window_until=now, by=coordinator, at=before,
        )  # fmt: skip
        meetings.book(meeting, starts_at=now - timedelta(days=1), by=coordinator, at=before)
        client, url = client_of(coordinator), f"/meetings/{meeting.pk}/outcome/"
        assert "Hall 3" in client.get(url).content.decode()
        body = {"outcome": "held", "deal-next_step": "Send the quote", "idempotency_key": "o-1"}
        assert client.post(url, body).status_code == 422  # whose next step?
        assert client.post(url, body | {"deal-deal": deal.pk}).status_code == 302
        deal.refresh_from_db()
        assert deal.next_step == "Send the quote"
        assert deal.links.get().subject_id == meeting.pk


class TestApi:
    def test_keeps_a_schedule_and_says_how_the_pipeline_stands(self, api_of, manager, rep, now):
        factories.deal(by=manager, at=now - timedelta(days=2), amount=Decimal(100))
        client = api_of(manager)
        body = {
            "name": "Week",
            "weekday": 2,
            "hour": "09:00",
            "zone": "Europe/Berlin",
            "recipients": [manager.pk],
        }
        made = client.post(
            "/api/summary-schedules/", body, format="json", HTTP_IDEMPOTENCY_KEY="s1"
        )
        assert made.status_code == 201, made.content
        assert (
            client.post(
                "/api/summary-schedules/", body, format="json", HTTP_IDEMPOTENCY_KEY="s1"
            ).json()
            == made.json()
        )
        changed = client.patch(
            f"/api/summary-schedules/{made.json()['id']}/", {"weekday": 9}, format="json"
        )
        assert changed.status_code == 400
        assert api_of(rep).get("/api/summary-schedules/").status_code == 403
        stands = client.get("/api/pipeline/").json()
        assert stands[0]["stage"] == "Prospecting"
        assert client.get("/api/pipeline/?week=nonsense").status_code == 400
