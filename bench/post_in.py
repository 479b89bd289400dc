"""Mail in: taken and filed, by a call and by SMTP; and the page of a conversation of a thousand messages
beside one of twenty."""

import os
import smtplib
import socket
import statistics
import subprocess
import sys
import time
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from comms import services as comms
from comms.models import Thread
from crm.models import Account, Contact
from desk import services as desk
from desk.defaults import ensure_types
from desk.models import SalesRequest
from mailroom import services
from mailroom.models import Incoming
from people import roles
from people.models import Team, User, WorkingCalendar

MAILS = 300
FLOOR = 100
LONG, SHORT = 1000, 20
TIMES = 1.5  # the long conversation's page may take so many times as long
TEXT = """Dear desk,\n\ndo you have the DN 50 with the other seal? We need {n} of them in March.\n\nKind regards\nClaire

On Mon, 23 Nov 2026, Desk <desk@portal.localhost> wrote:\n> Which size do you need?\n> Kind regards\n"""


def measure() -> list[dict[str, object]]:
    person, contacts = people()
    types = ensure_types(person.team)
    rows = [by_call(contacts), by_smtp(contacts)]
    return [*rows, *pages(person, types["question"])]


def people() -> tuple[User, list[Contact]]:
    """A coordinator, and customers that somebody looks after: more than one writes."""
    roles.sync()
    calendar, _ = WorkingCalendar.objects.get_or_create(name="Bench")
    team, _ = Team.objects.get_or_create(name="Bench", defaults={"calendar": calendar})
    person = User.objects.filter(email="bench-post@example.com").first()
    if person is None:
        person = User.objects.create_user(
            email="bench-post@example.com", password=None, name="Bench", team=team
        )
    contacts = []
    for n in range(MAILS // 10):
        account, _ = Account.objects.get_or_create(
            name=f"Bench customer {n}", defaults={"owner": person, "created_at": timezone.now()}
        )
        contact, _ = Contact.objects.get_or_create(
            email=f"claire{n}@bench.example",
            defaults={"account": account, "name": f"Claire {n}", "created_at": timezone.now()},
        )
        contacts.append(contact)
    return person, contacts


def raws(contacts: list[Contact], run: str) -> list[bytes]:
    return [
        (
            f"From: Claire <{contacts[n % len(contacts)].email}>\r\nTo: desk@portal.localhost\r\nSubject: Seal {n}\r\n"
            f"Message-ID: <{run}-{n}@bench.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
            + TEXT.format(n=n)
        ).encode()
        for n in range(MAILS)
    ]


def file_all() -> None:
    while services.file_due(at=timezone.now()):
        pass


def by_call(contacts: list[Contact]) -> dict[str, object]:
    mails, before = raws(contacts, f"call{time.time_ns()}"), SalesRequest.objects.count()
    Incoming.objects.update(received_at=timezone.now() - timedelta(days=1))
    began = time.perf_counter()
    for raw in mails:
        services.take(raw, source="bench", at=timezone.now())
    file_all()
    rate = MAILS / (time.perf_counter() - began)
    made = SalesRequest.objects.count() - before
    return figure("mail in: taken and filed", rate, ok=rate >= FLOOR and made == MAILS)


def by_smtp(contacts: list[Contact]) -> dict[str, object]:
    """The intake is a process of its own, as in production; the mails come by one line."""
    Incoming.objects.update(received_at=timezone.now() - timedelta(days=1))
    mails = raws(contacts, f"smtp{time.time_ns()}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "smtp_intake", "--port", str(port)]
    intake = subprocess.Popen(
        command, env={**os.environ, "LOG_LEVEL": "ERROR"}, stdout=subprocess.DEVNULL
    )
    try:
        line = _line(port)
        began = time.perf_counter()
        for raw in mails:
            line.sendmail("relay@example.com", ["desk@portal.localhost"], raw)
        taken = time.perf_counter() - began
        file_all()
        rate = MAILS / (time.perf_counter() - began)
        line.quit()
    finally:
        intake.terminate()
        intake.wait()
    row = figure("mail in by SMTP: taken and filed", rate, ok=rate >= FLOOR)
    return row | {"limit": round(MAILS / taken, 1), "ratio": round(rate * taken / MAILS, 2)}


def _line(port: int) -> smtplib.SMTP:
    for _ in range(100):
        try:
            return smtplib.SMTP("127.0.0.1", port)
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The intake does not start.")


def pages(person: User, kind: object) -> list[dict[str, object]]:
    """Milliseconds of the server for the first look at a conversation: the median of twenty."""
    took = {}
    client = Client(headers={"host": "localhost"})
    person.is_superuser = True
    person.save()
    client.force_login(person, backend="people.accounts.OneQueryBackend")
    for count in (SHORT, LONG):
        request = desk.submit(
            kind, subject=f"Bench {count}", account=None, requester=person, data={"question": "?"}, priority=3,
            wanted_on=None, by=person, at=timezone.now(),
        )  # fmt: skip
        thread: Thread = comms.thread_for(request, account_id=None, at=timezone.now())
        for n in range(count):
            comms.post(
                thread, body=f"Message {n}", visibility="internal", by=person, at=timezone.now()
            )
        took[count] = statistics.median(_look(client, request.pk) for _ in range(20))
    rows = [
        figure(f"conversation of {count}", took[count], unit="ms", floor=None)
        for count in (SHORT, LONG)
    ]
    times = took[LONG] / took[SHORT]
    return [
        *rows,
        figure("conversation of 1,000 beside 20", times, unit="x", floor=None, ok=times <= TIMES),
    ]


def _look(client: Client, pk: int) -> float:
    began = time.perf_counter()
    reply = client.get(f"/threads/for/desk.salesrequest/{pk}/")
    assert reply.status_code == 200, reply.status_code
    return (time.perf_counter() - began) * 1000


def figure(
    name: str, value: float, *, unit: str = "/s", floor: int | None = FLOOR, ok: bool = True
) -> dict[str, object]:
    return {
        "name": name, "rows": MAILS, "value": round(value, 2), "unit": unit, "limit": None, "ratio": None,
        "floor": floor, "ok": ok,
    }  # fmt: skip
