"""Many mails are filed in one transaction: as each alone would be, all of them or none, each once."""

import threading

import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from comms.addresses import reply_address
from comms.models import Message, Thread
from desk import services as desk
from desk.models import RequestType, SalesRequest, SlaPolicy
from journal.models import Entry
from mailroom import services
from mailroom.models import Blocked, Incoming, RawMail
from mailroom.reading import read
from mailroom.services import ahead, filing, posting
from mailroom.services.filing import file_due
from tests import factories

DESK = "desk@portal.localhost"


@pytest.fixture
def contact(rep):
    account = factories.AccountFactory(name="Northgate Water", owner=rep)
    return factories.ContactFactory(account=account, email="Claire@Northgate.example")


@pytest.fixture
def kind(team):
    policy = SlaPolicy.objects.create(name="S")
    return RequestType.objects.create(
        slug="question", name="Question", team=team, policy=policy, form=[]
    )


@pytest.fixture
def taken(now):
    def take(*mails):
        return [services.take(raw, source="smtp", at=now)[0] for raw in mails]

    return take


def mail(number, sender="claire@northgate.example", *, to=DESK, more=""):
    return (
        f"From: {sender}\nTo: {to}\nSubject: Mail {number}\nMessage-ID: <{number}@x.example>\n{more}\n"
        f"Words {number}\n"
    ).encode()


def stands():
    return list(
        Incoming.objects.order_by("pk").values_list(
            "subject", "status", "why", "contact", "message__body", "thread__subject_type"
        )
    )


def breaks(monkeypatch, error, word="Mail 2"):
    """The filing of one mail meets `error` after half of it is written."""
    real = posting.attach

    def attach(row, *args, **more):
        if row.subject == word:
            raise error
        real(row, *args, **more)

    monkeypatch.setattr(posting, "attach", attach)


class TestABatch:
    def test_files_as_each_mail_alone_would_be_filed(
        self, kind, contact, rep, coordinator, taken, now, monkeypatch
    ):
        other = factories.AccountFactory(owner=rep)
        for _ in range(2):
            factories.ContactFactory(account=other, email="both@shared.example")
        Blocked.objects.create(address="spam@evil.example", at=now, by=coordinator)
        asked = desk.submit(
            kind, subject="Which?", account=contact.account, contact=contact, requester=rep, data={},
            priority=1, wanted_on=None, by=rep, at=now,
        )  # fmt: skip
        thread = desk.note(asked, body="x", by=coordinator, at=now).thread
        mails = [
            mail(1), mail(2, "claire+tag@northgate.example"), mail(3, rep.email), mail(4, "who@nowhere.example"),
            mail(5, "spam@evil.example"), mail(6, "both@shared.example"), mail(7, DESK),
            mail(8, to=reply_address(thread.pk, f"contact:{contact.pk}")),
            mail(9, more="Auto-Submitted: auto-replied\n"), mail(10, "straße@nowhere.example"), b"no mail",
        ]  # fmt: skip
        taken(*mails)
        point = transaction.savepoint()
        while file_due(at=now):
            pass
        together = stands()
        transaction.savepoint_rollback(point)
        monkeypatch.setattr(filing, "BATCH", 1)
        while file_due(at=now):
            pass
        assert stands() == together
        assert {row[1] for row in together} == {"filed", "triage", "ignored", "noted"}

    def test_reads_for_all_of_them_together(self, kind, contact, taken, now):
        counts = []
        for many in (5, 25):
            taken(*(mail(f"{many}-{n}", f"a{many}{n}@nowhere.example") for n in range(many)))
            with CaptureQueriesContext(connection) as queries:
                assert file_due(at=now) == many
            counts.append(len(queries))
        assert counts[1] - counts[0] == 20 * 2  # a savepoint of each, and nothing else

    def test_stops_when_it_took_too_long_and_the_next_goes_on(
        self, kind, contact, taken, now, monkeypatch
    ):
        taken(*map(mail, range(3)))
        monkeypatch.setattr(filing, "LONGEST_SECONDS", -1)
        assert [file_due(at=now) for _ in range(4)] == [1, 1, 1, 0]
        assert SalesRequest.objects.count() == 3

    def test_fetches_large_mails_one_by_one(self, kind, contact, taken, now, monkeypatch):
        monkeypatch.setattr(ahead, "SMALL", 10)
        taken(mail(1), mail(2))
        assert file_due(at=now) == 2
        assert SalesRequest.objects.count() == 2

    def test_begins_conversations_with_the_version_that_their_first_message_gives(
        self, kind, contact, taken, now
    ):
        taken(mail(1))
        file_due(at=now)
        assert Thread.objects.get().version == 1


class TestTrouble:
    def test_of_one_mail_leaves_nothing_of_it_and_all_of_the_others(
        self, kind, contact, taken, now, monkeypatch
    ):
        rows = taken(*map(mail, range(4)))
        breaks(monkeypatch, ZeroDivisionError())
        assert file_due(at=now) == 4
        assert [one.status for one in Incoming.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")] == [
            "filed", "filed", "failed", "filed"]  # fmt: skip
        assert SalesRequest.objects.count() == Message.objects.count() == 3
        assert Incoming.objects.get(status="failed").message is None

    def test_of_a_mail_that_the_database_refuses_is_shown_and_the_others_are_filed(
        self, kind, contact, taken, now, monkeypatch
    ):
        taken(*map(mail, range(4)))
        breaks(monkeypatch, DataError("invalid byte sequence"))
        assert file_due(at=now) == 4
        assert sorted(row[1] for row in stands()) == ["failed", "filed", "filed", "filed"]
        assert SalesRequest.objects.count() == 3

    def test_of_the_server_with_one_mail_leaves_that_one_for_later(
        self, kind, contact, taken, now, monkeypatch
    ):
        taken(*map(mail, range(4)))
        with monkeypatch.context() as patch:
            breaks(patch, OperationalError("canceling statement due to lock timeout"))
            assert file_due(at=now) == 3
        assert [row[1] for row in stands()] == ["filed", "filed", "taken", "filed"]
        assert file_due(at=now) == 1
        assert SalesRequest.objects.count() == 4

    def test_of_the_server_with_all_of_them_goes_up_and_changes_nothing(
        self, kind, contact, taken, now, monkeypatch
    ):
        taken(mail(2))
        breaks(monkeypatch, OperationalError("the server closed the connection"))
        with pytest.raises(OperationalError):
            file_due(at=now)
        assert stands()[0][1] == "taken"
        assert not SalesRequest.objects.exists()

    def test_that_ends_the_worker_anywhere_loses_nothing_and_doubles_nothing(
        self, kind, contact, taken, now, monkeypatch
    ):
        taken(*map(mail, range(3)))
        for place in ("Mail 0", "Mail 1", "Mail 2"):
            with monkeypatch.context() as patch:
                breaks(patch, KeyboardInterrupt(), place)
                with pytest.raises(KeyboardInterrupt):
                    file_due(at=now)
            assert not SalesRequest.objects.exists()
            assert {row[1] for row in stands()} == {"taken"}
        with monkeypatch.context() as patch:  # the last moment: all is written, nothing is said
            patch.setattr(filing, "_write_down", lambda rows, **_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                file_due(at=now)
        assert not SalesRequest.objects.exists()
        assert file_due(at=now) == 3
        assert SalesRequest.objects.count() == Message.objects.count() == 3
        assert Entry.objects.filter(action="comms.message.received").count() == 3

    def test_words_that_no_column_can_hold_are_written_down_without_them(
        self, kind, contact, taken, now, monkeypatch
    ):
        taken(mail(1))
        monkeypatch.setattr(filing, "_why_not", lambda *_, **__: "Bad \0 and \ud800 here")
        assert file_due(at=now) == 1
        assert stands()[0][1:3] == ("triage", "Bad  and ? here")


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_file_each_mail_once(self, kind, contact, taken, now, monkeypatch):
        taken(*map(mail, range(12)))
        monkeypatch.setattr(filing, "BATCH", 3)
        counts, start = [], threading.Barrier(2)

        def work():
            start.wait()
            while done := file_due(at=now):
                counts.append(done)
            connection.close()

        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert sum(counts) == 12
        assert SalesRequest.objects.count() == Message.objects.count() == 12


class TestTaking:
    def test_the_same_mail_again_is_the_same_row_within_a_transaction_too(self, kind, now):
        first, made = services.take(mail(1), source="smtp", at=now)
        again, twice = services.take(mail(1), source="smtp", at=now)
        assert (made, twice, first.pk) == (True, False, again.pk)
        assert bytes(again.raw.data) == mail(1)

    def test_is_one_statement_so_that_no_mail_is_there_without_its_bytes(self, kind, now):
        with CaptureQueriesContext(connection) as queries:
            row, _ = services.take(mail(1), source="smtp", at=now)
        assert len(queries) == 1
        assert bytes(row.raw.data) == mail(1)

    def test_returns_the_row_as_it_is_kept(self, kind, now):
        row, _ = services.take(mail(1), source="smtp", at=now, recipients=["A@x.example"])
        kept = Incoming.objects.get()
        names = [field.attname for field in Incoming._meta.concrete_fields]
        assert [getattr(row, name) for name in names] == [getattr(kept, name) for name in names]
        assert kept.recipients == ["a@x.example", DESK]


@pytest.mark.django_db(transaction=True)
def test_two_ways_that_bring_the_same_mail_at_the_same_moment_keep_it_once(kind, now):
    found, start = [], threading.Barrier(4)

    def take():
        start.wait()
        found.extend(services.take(mail(n), source="smtp", at=now) for n in range(10))
        connection.close()

    ways = [threading.Thread(target=take) for _ in range(4)]
    for way in ways:
        way.start()
    for way in ways:
        way.join()
    assert len(found) == 40
    assert (
        sum(made for _, made in found) == Incoming.objects.count() == RawMail.objects.count() == 10
    )


def test_a_kept_mail_is_read_again_as_it_was_read_but_for_its_new_words():
    raw = mail(1, more="In-Reply-To: <q@x>\n") + b"\nOn Mon, Desk <d@x> wrote:\n> Which?\n"
    from mailroom.reading import read_again

    first, again = read(raw), read_again(raw)
    assert first.reply
    first.reply = ""
    assert again == first
