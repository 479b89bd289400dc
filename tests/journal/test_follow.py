"""Following the journal: commit order, exactly once, nothing skipped."""

import threading

import pytest
from django.db import DatabaseError, connection, connections, transaction

from journal import services as journal
from journal.models import Cursor, Entry
from tests import factories


@pytest.fixture
def account(db):
    return factories.AccountFactory()


@pytest.mark.django_db(transaction=True)
class TestFollow:
    def test_hands_over_each_entry_once_and_in_order(self, now):
        account = factories.AccountFactory()
        for n in range(5):
            journal.record("test.step", account, by=None, at=now, data={"n": n})
        seen = []
        assert journal.catch_up("t", seen.extend, batch=2) == 5
        assert [e.data["n"] for e in seen] == [0, 1, 2, 3, 4]
        assert journal.catch_up("t", seen.extend) == 0

    def test_ends_though_news_come_in_as_fast_as_it_reads(self, now):
        account, seen = factories.AccountFactory(), []

        def busy(entries):
            seen.extend(entries)
            assert len(seen) < 10, "it follows its own news for ever"
            journal.record("test.step", account, by=None, at=now)

        for _ in range(5):
            journal.record("test.step", account, by=None, at=now)
        assert journal.catch_up("t", busy, batch=3) == 7
        assert len(seen) == 7
        assert journal.lag("t") == 1

    def test_a_failing_handler_moves_nothing(self, now):
        journal.record("test.step", factories.AccountFactory(), by=None, at=now)

        def fail(entries):
            raise RuntimeError

        with pytest.raises(RuntimeError):
            journal.follow("t", fail)
        assert Cursor.objects.get(name="t").entry_id == 0
        assert journal.lag("t") == 1

    def test_waits_for_a_slow_transaction_instead_of_skipping_it(self, now):
        account = factories.AccountFactory()
        begun, go_on = threading.Event(), threading.Event()

        def slow():
            with transaction.atomic():
                journal.record("test.slow", account, by=None, at=now)
                begun.set()
                go_on.wait(10)
            connections.close_all()

        thread = threading.Thread(target=slow)
        thread.start()
        begun.wait(10)
        journal.record("test.fast", account, by=None, at=now)
        seen = []
        journal.catch_up("t", seen.extend)
        # The negative control: reading by id alone would hand over the fast entry now and,
        # as its id is higher, never the slow one.
        assert Entry.objects.filter(action="test.fast").exists()
        assert seen == []
        go_on.set()
        thread.join()
        journal.catch_up("t", seen.extend)
        assert [e.action for e in seen] == ["test.slow", "test.fast"]

    def test_two_followers_of_one_name_never_read_the_same_entry(self, now):
        account = factories.AccountFactory()
        for _ in range(200):
            journal.record("test.step", account, by=None, at=now)
        seen, lock = [], threading.Lock()

        def note(entries):
            with lock:
                seen.extend(e.pk for e in entries)

        def run():
            for _ in range(60):
                journal.follow("t", note, batch=7)
            connections.close_all()

        threads = [threading.Thread(target=run) for _ in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        journal.catch_up("t", note)
        assert len(seen) == len(set(seen)) == 200


@pytest.mark.django_db
class TestAppendOnly:
    @pytest.mark.parametrize(
        "verb", ["UPDATE journal_entry SET action = 'x'", "DELETE FROM journal_entry"]
    )
    def test_the_database_refuses_to_change_the_past(self, verb, account, now):
        journal.record("test.step", account, by=None, at=now)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(verb)
        assert Entry.objects.count() == 1

    def test_without_the_trigger_it_would_be_changed(self, account, now):
        """The negative control: it is the trigger that refuses, not chance."""
        journal.record("test.step", account, by=None, at=now)
        with connection.cursor() as sql:
            sql.execute("ALTER TABLE journal_entry DISABLE TRIGGER journal_entry_append_only")
            sql.execute("UPDATE journal_entry SET action = 'changed'")
            sql.execute("ALTER TABLE journal_entry ENABLE TRIGGER journal_entry_append_only")
        assert Entry.objects.get().action == "changed"
