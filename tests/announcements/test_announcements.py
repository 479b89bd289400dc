"""Told once to whom it is for; read, confirmed and put away once each; edited with its history."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from announcements import queries, services
from announcements.links import Named, find
from announcements.models import Announcement, Reading, Round
from announcements.services import Audience, rounds
from comms.models import Delivery, Turn
from comms.services import say
from journal.models import Entry
from notices import services as notices
from notices.models import Notice
from people.models import Role
from tests import factories

HOUR = timedelta(hours=1)


def told(kind="price_note"):
    return sorted(Notice.objects.filter(kind=kind).values_list("user__name", flat=True))


class TestTelling:
    def test_every_reader_is_told_once_and_its_author_is_not(
        self, publish, rep, manager, logistics_member, now
    ):
        publish()
        services.tell_due(at=now)
        services.tell_due(at=now)
        assert told() == ["Daniel Okafor", "Helen Carr", "Yusuf Demir"]

    def test_publishing_itself_tells_nobody_so_that_it_is_quick(self, publish, rep):
        publish()
        assert not Notice.objects.exists()
        assert Round.objects.filter(done_at=None).count() == 1

    @pytest.mark.parametrize(("audience", "names"), [
        (lambda t, d: Audience(everybody=False, roles=[Role.REP]), ["Daniel Okafor"]),
        (lambda t, d: Audience(everybody=False, departments=[d]), ["Yusuf Demir"]),
        (lambda t, d: Audience(everybody=False, teams=[t]), ["Daniel Okafor", "Helen Carr"]),
        (lambda t, d: Audience(everybody=False, departments=[d], roles=[Role.REP]), ["Daniel Okafor", "Yusuf Demir"]),
    ])  # fmt: skip
    def test_only_whom_it_is_for(
        self, publish, rep, manager, logistics_member, team, logistics, now, audience, names
    ):
        row = publish(audience=audience(team, logistics))
        services.tell_due(at=now)
        assert told() == names
        counted = queries.counts([row.pk])[row.pk]["readers"]
        assert counted == queries.readers(row).count()
        for user in (rep, manager, logistics_member):
            mine = Announcement.objects.for_reader(user).filter(pk=row.pk).exists()
            assert mine is (user.name in names)

    def test_who_has_no_role_or_left_is_no_reader(self, publish, rep, team, now):
        factories.UserFactory(team=team)
        rep.is_active = False
        rep.save()
        assert [u.name for u in queries.readers(publish())] == ["Marta Lindqvist"]

    def test_by_mail_as_each_one_chose(self, publish, rep, manager, now):
        notices.choose(rep, {"price_note": "now"}, at=now)
        publish()
        services.tell_due(at=now)
        assert list(Delivery.objects.values_list("user__name", flat=True)) == ["Daniel Okafor"]

    def test_a_killed_worker_leaves_the_rest_to_the_next(
        self, publish, rep, manager, now, monkeypatch
    ):
        monkeypatch.setattr(rounds, "CHUNK", 1)
        publish()
        real, seen = rounds._tell, []

        def dies(user, row, turn):
            if len(seen) == 1:
                raise ConnectionError
            seen.append(user)
            real(user, row, turn)

        monkeypatch.setattr(rounds, "_tell", dies)
        with pytest.raises(ConnectionError):
            services.tell_due(at=now)
        assert len(told()) == 1
        monkeypatch.setattr(rounds, "_tell", real)
        services.tell_due(at=now)
        assert told() == ["Daniel Okafor", "Helen Carr"]


class TestReading:
    def test_opened_once_and_the_first_time_counts(self, publish, rep, now):
        row = publish()
        services.opened(row, by=rep, at=now)
        services.opened(row, by=rep, at=now + HOUR)
        assert Reading.objects.get(user=rep).seen_at == now

    def test_confirmed_once_and_written_down(self, publish, rep, now):
        row = publish(important=True)
        services.confirm(row, version=1, by=rep, at=now)
        services.confirm(row, version=1, by=rep, at=now + HOUR)
        assert Reading.objects.get(user=rep).confirmed_at == now
        action = "announcements.announcement.confirmed"
        assert Entry.objects.filter(action=action).count() == 1

    def test_what_is_not_important_asks_for_no_confirmation(self, publish, rep, now):
        with pytest.raises(services.NotAsked, match="no confirmation"):
            services.confirm(publish(), version=1, by=rep, at=now)

    def test_nobody_confirms_what_it_no_longer_says(self, publish, change, rep, now):
        row = publish(important=True)
        change(row, body="By 5 %.", again=True)
        with pytest.raises(services.NotAsked, match="changed meanwhile"):
            services.confirm(row, version=1, by=rep, at=now)
        services.confirm(row, version=2, by=rep, at=now)

    def test_an_important_one_is_not_put_away(self, publish, rep, now):
        with pytest.raises(services.NotAsked, match="confirmed"):
            services.dismiss(publish(important=True), by=rep, at=now)
        row = publish()
        services.dismiss(row, by=rep, at=now)  # the control
        assert row not in Announcement.objects.on_home(rep)

    def test_the_database_keeps_one_row_for_each_reader(self, publish, rep, now):
        row = publish()
        services.opened(row, by=rep, at=now)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.create(announcement=row, user=rep)
        with pytest.raises(IntegrityError), transaction.atomic():
            Reading.objects.filter(user=rep).update(confirmed_version=3, confirmed_at=now)

    def test_its_author_has_read_it(self, publish, coordinator, rep):
        row = publish(important=True)
        assert list(queries.missing(row)) == [rep]
        assert row not in Announcement.objects.on_home(coordinator)


class TestReminding:
    def test_the_rest_is_reminded_and_nobody_else(self, publish, rep, manager, now):
        row = publish(important=True)
        services.tell_due(at=now)
        services.confirm(row, version=1, by=rep, at=now)
        assert services.remind(row, by=manager, at=now + HOUR) == 1  # herself: she asked for it
        services.tell_due(at=now + HOUR)
        assert Notice.objects.filter(key__startswith="announcement-reminder").count() == 0
        other = factories.member(Role.REP, email="p@example.com", name="Priya Raman")
        services.remind(row, by=manager, at=now + 3 * HOUR)
        services.tell_due(at=now + 3 * HOUR)
        found = Notice.objects.filter(key__startswith="announcement-reminder")
        assert [notice.user for notice in found] == [other]
        assert "Not confirmed yet" in found.get().title

    def test_not_twice_within_an_hour_and_not_when_all_have(self, publish, rep, coordinator, now):
        row = publish()
        services.remind(row, by=coordinator, at=now)
        with pytest.raises(services.TooSoon):
            services.remind(row, by=coordinator, at=now + HOUR / 2)
        services.opened(row, by=rep, at=now)
        with pytest.raises(services.NobodyLeft):
            services.remind(row, by=coordinator, at=now + 2 * HOUR)


class TestChanging:
    def test_what_it_said_before_stays(self, publish, change):
        row = publish()
        change(row, title="Prices rise in March")
        old = row.past.get()
        assert (old.version, old.title, row.title) == (
            1,
            "Prices rise in January",
            "Prices rise in March",
        )

    def test_a_small_change_tells_nobody_again_a_new_one_tells_all(self, publish, change, rep, now):
        row = publish()
        services.tell_due(at=now)
        services.opened(row, by=rep, at=now)
        change(row, body="All pumps by 3 %.")
        services.tell_due(at=now)
        assert (told(), queries.missing(row).count()) == (["Daniel Okafor"], 0)
        change(row, body="All pumps by 5 %.", again=True)
        services.tell_due(at=now)
        assert (len(told()), list(queries.missing(row))) == (2, [rep])

    def test_whom_it_was_not_for_before_is_told(self, publish, change, rep, logistics_member, now):
        row = publish(audience=Audience(everybody=False, roles=[Role.REP]))
        services.tell_due(at=now)
        change(row, audience=Audience())
        services.tell_due(at=now)
        assert told() == ["Daniel Okafor", "Yusuf Demir"]

    def test_the_second_editor_is_told(self, publish, change):
        row = publish()
        change(row, title="First")
        with pytest.raises(services.ChangedMeanwhile):
            change(row, version=1, title="Second")

    def test_a_withdrawn_one_is_over(self, publish, change, rep, coordinator, now, rules):
        row = publish(important=True)
        services.tell_due(at=now)
        services.withdraw(row, by=coordinator, at=now)
        services.withdraw(row, by=coordinator, at=now + HOUR)
        assert row not in Announcement.objects.standing(now.date())
        assert Notice.objects.get(user=rep).settled_at == now
        with pytest.raises(services.Withdrawn):
            change(row)
        with pytest.raises(services.TooSoon):
            services.remind(row, by=coordinator, at=now)
        assert Entry.objects.filter(action="announcements.announcement.withdrawn").count() == 1

    def test_it_stands_until_its_last_day_of_the_reader(self, publish, now):
        row = publish(valid_until=now.date())
        assert row in Announcement.objects.standing(now.date())
        assert row not in Announcement.objects.standing(now.date() + timedelta(days=1))

    @pytest.mark.parametrize(("fields", "words"), [
        ({"title": " "}, "what it is about"), ({"body": " "}, "what it is about"), ({"title": "x" * 201}, "at most"),
        ({"audience": Audience(everybody=False)}, "who shall read it"), ({"kind": "gossip"}, "Choose news"),
        ({"links": [Named("crm.account", n, "x") for n in range(31)]}, "at most 30"),
    ])  # fmt: skip
    def test_what_cannot_be_published_is_refused_with_words(self, publish, fields, words):
        with pytest.raises(services.BadAnnouncement, match=words):
            publish(**fields)


class TestTalk:
    def test_a_reader_asks_and_its_author_answers(self, publish, rep, coordinator, now):
        row = publish()
        assert queries.thread_subject(rep, "announcements.announcement", [row.pk]) == {row.pk}
        say(
            row, body="From when on?", visibility="requester", by=rep, at=now, asks_user=coordinator
        )
        say(row, body="From the first.", visibility="requester", by=coordinator, at=now)
        assert Turn.objects.get().closed == "answered"

    def test_nobody_talks_about_what_is_not_for_him(self, publish, rep, now):
        row = publish(audience=Audience(everybody=False, roles=[Role.DEPARTMENT]))
        assert queries.thread_subject(rep, "announcements.announcement", [row.pk]) == set()


class TestLinks:
    def test_are_found_by_what_people_call_them(self, db):
        product = factories.ProductFactory(sku="VM-1")
        assert find("orders.product", ["vm-1", "VM-2"]) == (
            [Named("orders.product", product.pk, "VM-1")], ["VM-2"],
        )  # fmt: skip

    def test_a_name_that_two_accounts_have_is_nobodys(self, db):
        for _ in range(2):
            factories.AccountFactory(name="Northgate")
        assert find("crm.account", ["Northgate"]) == ([], ["Northgate"])


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_reader_once(role_groups, publish, rep, manager, now):
    publish()
    gate = threading.Barrier(2)

    def work():
        gate.wait()
        try:
            services.tell_due(at=now)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told() == ["Daniel Okafor", "Helen Carr"]
