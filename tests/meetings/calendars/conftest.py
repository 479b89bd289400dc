"""Calendars of others for tests."""

import pytest

from tests.meetings.calendars import servers


@pytest.fixture
def feed(settings):
    """A server with a feed that we are allowed to call."""
    with servers.feed_server() as server:
        settings.OUTGOING_ALLOWED = [f"127.0.0.1:{server.server_port}"]
        yield server


@pytest.fixture(scope="module")
def radicale_server(tmp_path_factory):
    server = servers.Radicale(tmp_path_factory.mktemp("radicale"))
    yield server
    server.stop()


@pytest.fixture
def radicale(radicale_server, settings):
    settings.OUTGOING_ALLOWED = [radicale_server.host]
    radicale_server.forget()
    return radicale_server


@pytest.fixture
def ics():
    """`ics(event, event)`: a calendar file of events, each a list of lines."""

    def make(*events, before=()):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *before]
        for event in events:
            lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
        return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()

    return make
