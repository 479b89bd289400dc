"""Whatever is typed into the forms of availability and rooms, nothing breaks."""

from datetime import time

import pytest
from django.utils import timezone

from meetings.services import outside, rooms, rules
from tests.fuzz.test_forms import fuzz, told


@pytest.mark.django_db
def test_odd_bodies_meet_no_server_error(client_of, coordinator, rep):
    now = timezone.now()
    room = rooms.add_room(name="Harbour", by=coordinator, at=now)
    for owner in (coordinator, rep, room):
        outside.add_unread(outside.Account("ics", "https://x.example/a.ics"), name="P", owner=owner,
                           by=coordinator, at=now)  # fmt: skip
    rules.add_block(rep, weekday=1, starts=time(9), ends=time(10), by=rep, at=now)
    pages = [
        "/meetings/availability/", f"/meetings/availability/{rep.pk}/", "/meetings/rooms/",
        f"/meetings/availability/{rep.pk}/calendars/", "/meetings/rooms/add/",
        f"/meetings/rooms/{room.pk}/", f"/meetings/rooms/{room.pk}/calendars/",
    ]  # fmt: skip
    thrown, wrong = fuzz([coordinator, rep], pages, 400, client_of)
    assert not wrong, told(wrong)
    assert thrown >= 400
