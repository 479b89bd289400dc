"""Series and proposed times through the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from meetings import services
from meetings.models import Series
from meetings.services import counters
from people.models import Role
from tests import factories

DAY = timedelta(days=1)


@pytest.fixture
def want(rep):
    monday = timezone.localdate() + timedelta(days=21 - timezone.localdate().weekday())
    return {
        "title": "Review", "required": [rep.pk], "minutes": 30, "rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4",
        "first_wall": f"{monday}T10:00", "zone": "Europe/Amsterdam", "guests": [{"name": "C", "email": "c@x.example"}],
    }  # fmt: skip


class TestSeries:
    def test_is_made_changed_and_ended(self, api_of, coordinator, want):
        api = api_of(coordinator)
        made = api.post("/api/meeting-series/", want, format="json")
        assert made.status_code == 201
        assert len(made.json()["meetings"]) == 4
        url = f"/api/meeting-series/{made.json()['id']}/"
        body = {"meeting": made.json()["meetings"][1]["id"], "at_time": "14:00", "reason": "Trains"}
        changed = api.post(f"{url}later/", body, format="json")
        assert (changed.status_code, len(changed.json()["meetings"])) == (200, 3)
        assert api.post(f"{url}end/", {"reason": "Done"}, format="json").json()["ended_at"]
        assert api.post(f"{url}end/", {}, format="json").status_code == 409
        assert len(api.get("/api/meeting-series/").json()["results"]) == 2

    def test_dates_that_do_not_fit_are_named(self, api_of, coordinator, want):
        api = api_of(coordinator)
        api.post("/api/meeting-series/", want, format="json")
        reply = api.post("/api/meeting-series/", want, format="json")
        assert (reply.status_code, "4 of 4 dates" in reply.json()["detail"]) == (409, True)
        assert Series.objects.count() == 1

    @pytest.mark.parametrize(("change", "status"), [
        ({"rule": "FREQ=SECONDLY;COUNT=2"}, 400), ({"rule": "x" * 400}, 400), ({"rule": "FREQ=DAILY"}, 400), ({"rule": 7}, 400),
        ({"first_wall": "0001-01-01T00:00"}, 400), ({"first_wall": "soon"}, 400), ({"zone": "Mars"}, 400), ({"minutes": 4}, 400),
        ({"required": [2**80]}, 400), ({"leave_out": ["x"]}, 400), ({"colour": "red"}, 400), ({"sequence": 4}, 400),
        ({"first_wall": "2020-01-06T10:00"}, 422), ({"rule": "FREQ=MONTHLY;COUNT=100"}, 422), ({"title": "a\0"}, 400),
        ({"leave_out": ["0001-01-01T00:00:00Z"]}, 201), ({"rule": "FREQ=DAILY;UNTIL=99991231"}, 422),
    ])  # fmt: skip
    def test_nonsense_is_refused_politely(self, api_of, coordinator, want, change, status):
        reply = api_of(coordinator).post("/api/meeting-series/", {**want, **change}, format="json")
        assert reply.status_code == status

    def test_is_not_for_reps_of_others(self, api_of, coordinator, want):
        made = api_of(coordinator).post("/api/meeting-series/", want, format="json").json()
        stranger = api_of(factories.member(Role.REP, team=factories.TeamFactory()))
        assert stranger.get(f"/api/meeting-series/{made['id']}/").status_code == 404
        assert stranger.post("/api/meeting-series/", want, format="json").status_code == 403

    def test_a_list_costs_the_same_for_one_and_for_many(self, api_of, coordinator, want):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        api, costs = api_of(coordinator), []
        for hour in range(8, 12):
            body = {**want, "first_wall": f"{want['first_wall'][:10]}T{hour:02}:00"}
            assert api.post("/api/meeting-series/", body, format="json").status_code == 201
            api.get("/api/meeting-series/")
            with CaptureQueriesContext(connection) as caught:
                api.get("/api/meeting-series/")
            costs.append(len(caught))
        assert len(set(costs)) == 1


def test_proposed_times_are_taken_or_refused(api_of, asked, coordinator):
    now = timezone.now()
    row = asked(window_from=now, window_until=now + 30 * DAY, at=now)
    services.book(row, starts_at=now + 2 * DAY, by=coordinator, at=now)
    guest = row.attendees.get(role="guest")
    one = counters.propose(guest, starts_at=now + 3 * DAY, ends_at=None, stamp=now, note="", at=now)
    api = api_of(coordinator)
    assert (
        api.get(f"/api/meeting-counters/?meeting={row.pk}").json()["results"][0]["state"] == "open"
    )
    assert (
        api.post(f"/api/meeting-counters/{one.pk}/take/", {}, format="json").json()["state"]
        == "taken"
    )
    assert (
        api.post(
            f"/api/meeting-counters/{one.pk}/refuse/", {"note": "x"}, format="json"
        ).status_code
        == 409
    )
    assert api.get(f"/api/meeting-counters/?meeting={2**80}").status_code == 400
    assert api.get(f"/api/meetings/{row.pk}/").json()["attendees"][-1]["replied_by"] in {
        "mail",
        "desk",
    }
