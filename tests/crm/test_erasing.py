"""A person is taken out of everything, and is not mailed again."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from comms import services as comms
from comms.models import Delivery, Suppression
from crm import services
from crm.models import Contact, Erasure
from crm.services import erasing, giving
from journal.models import Entry
from tests import factories

pytestmark = pytest.mark.django_db

NAME, ADDRESS, PHONE = "Zoë O'Brian-Quist", "zoe.quist@kestrel.example", "+31 10 555 12 34"


def standing(word):
    """Every (table, column) of the database in whose text `word` stands."""
    with connection.cursor() as sql:
        sql.execute(
            """SELECT table_name, column_name FROM information_schema.columns
               JOIN information_schema.tables USING (table_schema, table_name)
               WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                 AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'ARRAY'))"""
        )
        columns = sql.fetchall()
        found = []
        for table, column in columns:
            sql.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{word}%"]
            )
            if sql.fetchone()[0]:
                found.append((table, column))
    assert len(columns) > 200
    return found


@pytest.fixture
def zoe(coordinator, now):
    account = factories.AccountFactory(name="Kestrel Offshore")
    contact = services.create_contact(
        account, by=coordinator, at=now, name=NAME, email=ADDRESS, phone=PHONE
    )
    services.change_contact(contact, by=coordinator, at=now, title="Buyer", why=f"{NAME} told us")
    comms.say(
        account,
        body=f"Dear {NAME}, call {PHONE}?",
        visibility="customer",
        by=coordinator,
        at=now,
        contacts=[contact],
    )
    thread = comms.thread_for(account, account_id=account.pk, at=now)
    comms.receive(
        thread,
        body=f"My number is 010-5551234. {NAME.upper()}",
        at=now,
        contact=contact,
        address=ADDRESS,
    )
    services.log_activity(
        kind="call",
        account=account,
        contact=contact,
        text=f"{NAME} ({ADDRESS}) wants pumps",
        by=coordinator,
        at=now,
    )
    services.add_lead(by=coordinator, at=now, name=NAME, email=ADDRESS.upper(), company="Kestrel")
    return contact


def erase(contact, manager, now):
    row = erasing.ask(contact, ground="asked", typed=contact.name, by=manager, at=now)
    assert erasing.run_next(at=now).pk == row.pk
    row.refresh_from_db()
    return row


class TestErasing:
    def test_afterwards_no_text_of_the_database_knows_the_person(self, zoe, manager, now):
        assert standing(ADDRESS)  # there is something to find
        assert standing("Quist")
        row = erase(zoe, manager, now)
        for word in (NAME, ADDRESS, "Quist", PHONE, "5551234", "555 12 34"):
            assert standing(word) == [], word
        assert (row.status, row.counts["contacts"], row.counts["leads"]) == ("done", 1, 1)

    def test_what_happened_stays_in_the_journal_without_the_name(self, zoe, manager, now):
        before = list(
            Entry.objects.order_by("pk").values_list(
                "pk", "action", "at", "actor_name", "subject_id"
            )
        )
        erase(zoe, manager, now)
        after = list(
            Entry.objects.order_by("pk").values_list(
                "pk", "action", "at", "actor_name", "subject_id"
            )
        )
        assert after[: len(before)] == before

    def test_she_is_not_mailed_again_though_her_address_is_not_kept(self, zoe, manager, now):
        erase(zoe, manager, now)
        assert not Delivery.objects.filter(status="pending").exists()
        standing_ = Suppression.objects.standing()
        assert list(standing_.by_address({ADDRESS})) == [ADDRESS]
        assert standing_.by_address({"somebody.else@kestrel.example"}) == {}
        assert (
            comms.suppress(ADDRESS.upper(), reason="person", why="", by=None, at=now).pk
            == standing_.get().pk
        )

    def test_others_are_left_as_they_are(self, zoe, manager, now):
        other = factories.ContactFactory(
            account=zoe.account,
            name="Paul Mercer",
            email="paul@kestrel.example",
            phone="+31 10 555 12 99",
        )
        erase(zoe, manager, now)
        other.refresh_from_db()
        assert (other.name, other.email, other.phone) == (
            "Paul Mercer",
            "paul@kestrel.example",
            "+31 10 555 12 99",
        )
        assert zoe.account.name == "Kestrel Offshore"

    def test_a_name_that_a_colleague_has_too_is_taken_out_near_the_person_only(
        self, manager, coordinator, now
    ):
        contact = services.create_contact(
            factories.AccountFactory(),
            by=coordinator,
            at=now,
            name=coordinator.name,
            email="m@kestrel.example",
        )
        mine = services.log_activity(
            kind="note",
            account=contact.account,
            contact=contact,
            text=f"{contact.name} called",
            by=coordinator,
            at=now,
        )
        erase(contact, manager, now)
        mine.refresh_from_db()
        assert mine.text == "(erased) called"
        assert Entry.objects.filter(actor_name=coordinator.name).exists()

    def test_an_address_and_a_switchboard_of_others_stay_theirs(
        self, zoe, manager, coordinator, now
    ):
        zoe.account.phone = "010 555 77 00"
        zoe.account.save()
        paul = factories.ContactFactory(
            account=zoe.account,
            name="Paul Mercer",
            email="info@kestrel.example",
            phone="+31 10 5557700",
        )
        ida = factories.ContactFactory(
            account=zoe.account,
            name="Ida Berg",
            email="INFO@kestrel.example",
            phone="+31 10 5557700",
        )
        erase(ida, manager, now)
        paul.refresh_from_db()
        zoe.account.refresh_from_db()
        assert (paul.email, paul.phone, zoe.account.phone) == (
            "info@kestrel.example",
            "+31 10 5557700",
            "010 555 77 00",
        )
        assert not Suppression.objects.exists()
        assert Contact.objects.get(pk=ida.pk).email == ""

    def test_two_steps_and_once_only(self, zoe, manager, now):
        with pytest.raises(erasing.NotErasable, match="exactly"):
            erasing.ask(zoe, ground="asked", typed="Zoe", by=manager, at=now)
        erase(zoe, manager, now)
        gone = Contact.objects.get(pk=zoe.pk)
        with pytest.raises(erasing.NotErasable, match="already"):
            erasing.ask(gone, ground="asked", typed=gone.name, by=manager, at=now)

    def test_a_worker_that_died_is_followed_by_another(self, zoe, manager, now):
        row = erasing.ask(zoe, ground="asked", typed=NAME, by=manager, at=now)
        Erasure.objects.filter(pk=row.pk).update(
            status="running", lease_until=now + timedelta(minutes=1)
        )
        assert erasing.run_next(at=now) is None
        assert erasing.run_next(at=now + timedelta(minutes=2)).status == "done"


class TestJournal:
    def test_still_refuses_every_other_change(self, zoe, manager, now):
        erase(zoe, manager, now)
        for change in ({"action": "x"}, {"subject_name": "x"}, {"data": {}}):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                Entry.objects.update(**change)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Entry.objects.all().delete()


class TestExport:
    def test_gives_all_that_is_kept_and_no_secret(self, zoe, manager, now):
        with giving.export(zoe, by=manager, at=now) as file:
            archive = zipfile.ZipFile(io.BytesIO(file.read()))
        assert {
            "person.json",
            "journal.json",
            "crm.activity.contact_id.json",
            "comms.delivery.contact_id.json",
            "comms.message.contact_id.json",
        } <= set(archive.namelist())
        person = json.loads(archive.read("person.json"))[0]
        assert (person["name"], person["email"]) == (NAME, ADDRESS)
        assert "message_id" in archive.read("comms.delivery.contact_id.json").decode()
        assert Entry.objects.filter(action="crm.contact.exported", subject_id=zoe.pk).exists()
