"""Deliveries over a real SMTP connection: once, again when the relay says later, never blindly."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from comms import deciding, deliveries, services
from comms.backends import spool_has
from comms.models import Delivery
from journal.models import Entry
from tests.relay import relay, seen

LATER = timedelta(hours=1)


@pytest.fixture
def smtp(settings, tmp_path, monkeypatch):
    """`smtp(answers=…)`: mail leaves through a local relay."""
    opened = []

    def open_relay(**how):
        context = relay(tmp_path, monkeypatch, **how)
        controller = context.__enter__()
        opened.append(context)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
        settings.RELAY_LOG = "tests.relay.accepted"
        return controller.handler

    yield open_relay
    for context in opened:
        context.__exit__(None, None, None)


def owe(key="one", **fields):
    now = timezone.now()
    values = {"recipient": "claire@example.com", "subject": "Hello", "body": "**Hi** <b>x</b>"}
    return services.owe_mail(key=key, due_at=now, at=now, **values | fields)


def died_while_sending(delivery, **fields):
    """As a killed sender leaves it, long enough ago."""
    past = timezone.now() - LATER
    Delivery.objects.filter(pk=delivery.pk).update(
        status="sending", lease_until=past, attempts=1, **fields
    )


@pytest.mark.django_db
class TestOwing:
    def test_the_same_key_is_owed_once(self):
        assert owe() == owe(body="Other words")
        assert owe("two").message_id != owe().message_id

    def test_a_subject_stays_on_one_line(self):
        assert owe(subject="One\r\nBcc: all@example.com").subject == "One Bcc: all@example.com"


@pytest.mark.django_db
class TestSending:
    def test_reaches_the_relay_with_its_own_message_id(self, smtp):
        handler, row = smtp(), owe()
        assert deliveries.send_due(at=timezone.now()) == 1
        row.refresh_from_db()
        assert row.status == "sent"
        assert seen() == [row.message_id]
        _, page = (part.get_payload() for part in handler.mails[0].get_payload())
        assert "<strong>Hi</strong>" in page
        assert "&lt;b&gt;" in page

    def test_does_nothing_before_its_time_and_nothing_twice(self, smtp):
        smtp()
        owe("later", recipient="x@example.com")
        Delivery.objects.update(due_at=timezone.now() + LATER)
        assert deliveries.send_due(at=timezone.now()) == 0
        assert deliveries.send_due(at=timezone.now() + LATER) == 1
        assert deliveries.send_due(at=timezone.now() + LATER) == 0
        assert len(seen()) == 1

    def test_waits_and_tries_again_when_the_relay_says_later(self, smtp):
        smtp(answers=["451 Try later"])
        row = owe()
        deliveries.send_due(at=timezone.now())
        row.refresh_from_db()
        assert (row.status, row.attempts, row.put_off) == ("pending", 1, 1)
        assert row.due_at > timezone.now()
        assert "451" in row.problem
        deliveries.send_due(at=row.due_at)
        row.refresh_from_db()
        assert (row.status, row.problem) == ("sent", "")

    def test_gives_up_at_once_when_the_relay_says_never(self, smtp):
        smtp(answers=["550 No such person"])
        row = owe()
        deliveries.send_due(at=timezone.now())
        row.refresh_from_db()
        assert (row.status, "550" in row.problem) == ("failed", True)

    def test_an_unreachable_relay_costs_neither_an_attempt_nor_the_mail(self, settings, smtp):
        handler = smtp()
        settings.EMAIL_PORT = 9  # nobody listens there
        row = owe()
        deliveries.send_due(at=timezone.now())
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("pending", 0)
        assert deliveries.send_due(at=timezone.now()) == 0  # the relay has a moment to come back
        settings.EMAIL_PORT = handler.port
        assert deliveries.send_due(at=timezone.now() + timedelta(seconds=15)) == 1
        assert seen() == [row.message_id]

    def test_one_mail_that_cannot_be_written_does_not_hold_up_the_others(self, smtp):
        smtp()
        bad, good = owe("bad", recipient="a\nb@example.com"), owe("good")
        deliveries.send_due(at=timezone.now())
        bad.refresh_from_db()
        good.refresh_from_db()
        assert (bad.status, good.status) == ("failed", "sent")

    def test_a_sender_that_lost_its_lease_sends_nothing(self, smtp):
        smtp()
        owe()
        (claimed,) = deliveries.claim(at=timezone.now(), batch=5)
        assert deliveries._still_ours([claimed])
        with time_machine.travel(timezone.now() + LATER):  # it slept
            deliveries.reconcile(at=timezone.now())  # "not accepted": it waits for the next sender
            deliveries.claim(at=timezone.now(), batch=5)
            assert not deliveries._still_ours([claimed])


@pytest.mark.django_db
class TestReconciling:
    def test_the_relay_is_asked_about_a_dead_senders_mail(self, smtp):
        smtp()
        accepted = owe("accepted")
        deliveries.send_due(at=timezone.now())
        died_while_sending(accepted, sent_at=None)
        lost = owe("lost")
        died_while_sending(lost)
        assert deliveries.reconcile(at=timezone.now()) == 2
        accepted.refresh_from_db()
        lost.refresh_from_db()
        assert (accepted.status, lost.status) == ("sent", "pending")

    def test_nothing_is_sent_again_when_nobody_can_say(self, settings):
        settings.RELAY_LOG = ""
        row = owe()
        died_while_sending(row)
        deliveries.reconcile(at=timezone.now())
        row.refresh_from_db()
        assert row.status == "unknown"
        assert deliveries.send_due(at=timezone.now() + LATER) == 0

    def test_a_running_lease_is_left_alone(self):
        owe()
        deliveries.claim(at=timezone.now(), batch=5)
        assert deliveries.reconcile(at=timezone.now()) == 0


@pytest.mark.django_db
class TestSendingAgain:
    def test_is_a_persons_decision_with_a_reason(self, coordinator, settings):
        settings.EMAIL_BACKEND = "comms.backends.SpoolBackend"
        row, now = owe(), timezone.now()
        Delivery.objects.update(status="unknown")
        with pytest.raises(deciding.NotResendable):
            deciding.send_again(row, reason=" ", by=coordinator, at=now)
        deciding.send_again(row, reason="She says it is not there", by=coordinator, at=now)
        assert deliveries.send_due(at=now) == 1
        assert spool_has([row.message_id]) == {row.message_id: True}
        entry = Entry.objects.get(action="comms.delivery.resent")
        assert entry.data["reason"] == "She says it is not there"

    def test_what_was_sent_is_not_sent_again(self, coordinator):
        row = owe()
        deliveries.send_due(at=timezone.now())
        with pytest.raises(deciding.NotResendable):
            deciding.send_again(row, reason="Why not", by=coordinator, at=timezone.now())


@pytest.mark.django_db(transaction=True)
class TestManyWorkers:
    def test_eight_claim_each_mail_once(self):
        for n in range(40):
            owe(f"mail {n}")
        gate, now = threading.Barrier(8), timezone.now()

        def work(_):
            try:
                gate.wait()
                found = []
                while rows := deliveries.claim(at=now, batch=3):
                    found += [row.pk for row in rows]
                return found
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            taken = [pk for part in pool.map(work, range(8)) for pk in part]
        assert len(taken) == len(set(taken)) == 40

    def test_without_the_lock_two_claim_the_same(self):
        """The negative control: both read before either writes."""
        owe()
        read = threading.Barrier(2)

        def naive(_):
            try:
                rows = list(Delivery.objects.filter(status="pending"))
                read.wait()
                Delivery.objects.filter(pk__in=[r.pk for r in rows]).update(
                    status="sending", lease_until=timezone.now()
                )
                return [r.pk for r in rows]
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            taken = [pk for part in pool.map(naive, range(2)) for pk in part]
        assert len(taken) == 2
        assert len(set(taken)) == 1
