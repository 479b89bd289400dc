"""Mailboxes on a real IMAP server: none lost, none twice, whatever happens to line, folder and worker."""

import shutil
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from mailroom.models import Incoming, Mailbox
from mailroom.services import fetching, taking
from tests.imap_server import DOVECOT, PASSWORD, imap_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        DOVECOT is None, reason="No Dovecot: install it (apt install dovecot-imapd)."
    ),
]


@pytest.fixture
def server():
    folder = Path(
        tempfile.mkdtemp(prefix="portal-imap-")
    )  # pytest's own folders are nobody else's to read
    try:
        with imap_server(folder) as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mailbox(server):
    return made(server.port)


def made(port, **fields):
    how = {
        "name": "Desk",
        "host": "127.0.0.1",
        "port": port,
        "tls": False,
        "user": "desk",
        "folder": "INBOX",
    }
    row = Mailbox.objects.create(**how | fields)
    fetching.keep_password(row, PASSWORD)
    row.save()
    return row


def mail(n, size=0):
    return f"From: r{n}@example.com\r\nMessage-ID: <m{n}@example.com>\r\nSubject: {n}\r\n\r\nHello {n}\r\n{'x' * size}".encode()


def poll(times=1):
    """As the clock does, a minute apart."""
    at = timezone.now()
    return sum(fetching.poll_due(at=at + timedelta(minutes=n)) for n in range(1, times + 1))


def subjects():
    return sorted(int(one) for one in Incoming.objects.values_list("subject", flat=True))


class Middle:
    """A server between us and the real one that cuts or drips after so many bytes of answers."""

    def __init__(self, port, *, after, drip=0.0):
        self.target, self.after, self.drip = port, after, drip
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = True
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while self.open:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=[near], daemon=True).start()

    def carry(self, near):
        far = socket.create_connection(("127.0.0.1", self.target))
        threading.Thread(target=self.pump, args=[near, far], daemon=True).start()
        left = self.after
        with near, far:
            while data := self.read(far):
                for piece in (data[:left], data[left:]):
                    if piece is data[left:] or not piece:
                        continue
                    self.write(near, piece)
                left -= len(data)
                if left <= 0:
                    if self.drip:
                        for byte in data[left:] if left else b"*" * 1000:
                            if not self.write(near, bytes([byte])):
                                return
                            time.sleep(self.drip)
                    near.shutdown(socket.SHUT_RDWR)
                    return

    def pump(self, source, target):
        while data := self.read(source):
            self.write(target, data)

    def read(self, line):
        try:
            return line.recv(4096)
        except OSError:
            return b""

    def write(self, line, data):
        try:
            line.sendall(data)
        except OSError:
            return False
        return True

    def close(self):
        self.open = False
        self.listener.close()


class TestNewMail:
    def test_comes_once_and_stays_where_it_was(self, server, mailbox):
        server.deliver(mail(1), mail(2))
        assert poll() == 2
        server.deliver(mail(3))
        assert poll(3) == 1
        assert subjects() == [1, 2, 3]
        client = server.client()
        client.select("INBOX", readonly=True)
        assert client.search(None, "UNSEEN")[1] == [b"1 2 3"]
        client.logout()

    def test_of_a_thousand_all_come_and_none_twice(self, server, mailbox):
        server.deliver(*(mail(n) for n in range(1000)))
        began = time.monotonic()
        while poll():
            mailbox.refresh_from_db()
            Mailbox.objects.update(polled_at=None)
        print(f"\n1,000 mails in {time.monotonic() - began:.0f} s")
        assert subjects() == list(range(1000))
        assert mailbox.problem == ""

    def test_after_the_server_numbered_anew_none_is_twice(self, server, mailbox):
        server.deliver(*(mail(n) for n in range(5)))
        poll()
        before = Mailbox.objects.get().validity
        server.renumber()
        server.deliver(mail(5))
        poll(2)
        assert Mailbox.objects.get().validity != before
        assert subjects() == [0, 1, 2, 3, 4, 5]

    def test_moved_away_is_passed_over_and_moved_back_comes(self, server, mailbox):
        server.deliver(mail(1), mail(2), mail(3))
        client = server.client()
        client.create("Elsewhere")
        client.select("INBOX")
        client.uid("MOVE", "2", "Elsewhere")
        assert poll() == 2
        client.select("Elsewhere")
        client.uid("MOVE", "1", "INBOX")
        client.logout()
        assert poll(2) == 1
        assert subjects() == [1, 2, 3]

    def test_too_large_is_shown_to_a_person_and_left_there(
        self, server, mailbox, monkeypatch, coordinator, client_of
    ):
        monkeypatch.setattr(taking, "LARGEST", 100_000)
        server.deliver(mail(1), mail(2, size=200_000), mail(3))
        assert poll(2) == 3
        row = Incoming.objects.get(subject="2")
        assert (row.status, "more than is taken" in row.why) == ("triage", True)
        assert len(row.raw.data) < 1000
        assert "more than is taken" in client_of(coordinator).get("/mail/").content.decode()

    def test_in_a_folder_of_any_alphabet(self, server):
        client = server.client()
        client.create(fetching.folder_name("Aufträge & 注文"))
        client.logout()
        server.deliver(mail(7), folder=fetching.folder_name("Aufträge & 注文"))
        made(server.port, folder="Aufträge & 注文")
        assert poll() == 1


class TestTrouble:
    @pytest.mark.parametrize("after", [10, 300, 700, 1500, 4000, 9000])
    def test_a_line_cut_anywhere_loses_and_doubles_nothing(self, server, after):
        server.deliver(*(mail(n, size=500) for n in range(20)))
        middle = Middle(server.port, after=after)
        row = made(middle.port)
        poll()
        row.refresh_from_db()
        assert row.problem
        assert row.busy_until is None
        middle.close()
        Mailbox.objects.update(port=server.port, polled_at=None)
        poll(2)
        row.refresh_from_db()
        assert (subjects(), row.problem, row.failures) == (list(range(20)), "", 0)

    def test_a_server_that_drips_is_hung_up_on(self, server, monkeypatch):
        monkeypatch.setattr(fetching, "VISIT", 2.0)
        server.deliver(mail(1))
        middle = Middle(server.port, after=700, drip=0.5)
        row = made(middle.port)
        began = time.monotonic()
        poll()
        assert time.monotonic() - began < 10
        middle.close()
        Mailbox.objects.update(port=server.port, polled_at=None)
        poll()
        row.refresh_from_db()
        assert subjects() == [1]

    def test_a_wrong_password_is_shown_and_not_tried_on_and_on(
        self, server, mailbox, admin, client_of
    ):
        fetching.keep_password(mailbox, "wrong")
        mailbox.save()
        for _ in range(4):
            fetching.poll_due(at=timezone.now())
            Mailbox.objects.update(polled_at=timezone.now() - timedelta(seconds=45))
        mailbox.refresh_from_db()
        assert mailbox.failures == 1  # 45 seconds later it is not asked again
        page = client_of(admin).get("/mail/settings/mailboxes/", follow=True).content.decode()
        assert "does not accept this user and password" in page

    @pytest.mark.parametrize("folder", ["Nowhere", "a\r\nb LOGOUT", 'quo"te'])
    def test_a_folder_that_is_not_there_is_shown(self, server, folder):
        row = made(server.port, folder=folder)
        poll()
        row.refresh_from_db()
        assert "folder" in row.problem

    def test_nobody_at_home_is_shown(self, db):
        row = made(9)
        poll()
        row.refresh_from_db()
        assert row.problem

    def test_two_workers_at_once_take_each_mail_once(self, server, mailbox):
        server.deliver(*(mail(n) for n in range(40)))
        at = timezone.now()

        def work(_):
            try:
                return fetching.poll_due(at=at)
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            taken = list(pool.map(work, range(4)))
        assert sorted(taken) == [0, 0, 0, 40]
        assert subjects() == list(range(40))

    def test_a_worker_that_died_holds_nobody_up_for_long(self, server, mailbox):
        server.deliver(mail(1))
        now = timezone.now()
        Mailbox.objects.update(polled_at=now, busy_until=now + fetching.BUSY)
        assert fetching.poll_due(at=now + timedelta(seconds=60)) == 0
        assert fetching.poll_due(at=now + timedelta(seconds=200)) == 1

    def test_without_the_essence_a_renumbered_folder_would_come_twice(
        self, server, mailbox, monkeypatch
    ):
        """The negative control: each mail is taken for another one."""
        number = iter(range(100))
        monkeypatch.setattr(taking, "_essence", lambda raw, said: f"{next(number)}")
        server.deliver(mail(1))
        poll()
        server.renumber()
        poll(2)
        assert subjects() == [1, 1]
