"""The life of a task: made, changed, waited for, done, dropped, reopened."""

import threading
from datetime import date, time
from itertools import pairwise

import pytest
from django.db import IntegrityError, connection, transaction

from journal.models import Entry
from tasks import services
from tasks.models import MOVES, Dependency, IllegalMove, Status, Task

pytestmark = pytest.mark.django_db


def actions(task):
    return list(Entry.objects.about(task).order_by("pk").values_list("action", flat=True))


class TestStates:
    def test_every_status_is_a_key_of_the_table(self):
        assert set(MOVES) == set(Status)

    @pytest.mark.parametrize("here", Status)
    @pytest.mark.parametrize("to", Status)
    def test_only_moves_of_the_table_are_made(self, here, to):
        task = Task(title="x", status=here)
        if to in MOVES[here]:
            task.move(to)
            assert task.status == to
        else:
            with pytest.raises(IllegalMove, match="already"):
                task.move(to)


class TestCreate:
    def test_writes_it_down_with_its_list_and_its_story(self, make, rep):
        task = make("  Call   Claire ", items=["Find the number", " ", "Call"])
        assert (task.title, task.owner, task.created_by) == ("Call Claire", rep, rep)
        assert list(task.items.order_by("position").values_list("text", flat=True)) == [
            "Find the number",
            "Call",
        ]
        assert actions(task) == ["tasks.task.created"]

    def test_without_words_it_is_refused(self, make):
        with pytest.raises(services.BadTask, match="what is to be done"):
            make("   ")

    def test_a_time_needs_a_day_here_and_in_the_database(self, make):
        with pytest.raises(services.BadTask, match="needs a day"):
            make(due_time=time(9))
        task = make()
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(due_time=time(9))


class TestChange:
    def test_the_second_editor_is_told_and_nothing_is_overwritten(
        self, make, rep, coordinator, now
    ):
        task = make()
        seen = task.version
        services.change(task, title="Call Claire", version=seen, by=coordinator, at=now)
        with pytest.raises(services.ChangedMeanwhile):
            services.change(task, title="Call Bob", version=seen, by=rep, at=now)
        task.refresh_from_db()
        assert task.title == "Call Claire"

    def test_saving_what_is_there_already_says_nothing(self, make, rep, now):
        task = make()
        assert services.change(task, title=task.title, by=rep, at=now) == []
        assert actions(task) == ["tasks.task.created"]

    def test_giving_it_to_somebody_is_written_down_as_that(self, make, rep, coordinator, now):
        task = make()
        services.assign(task, owner=coordinator, team=None, by=rep, at=now)
        assert actions(task)[-1] == "tasks.task.assigned"


class TestFinish:
    def test_waits_for_what_must_come_first(self, make, rep, now):
        first, second = make("Ask finance"), make("Send the quote")
        services.wait_for(second, blocker=first, by=rep, at=now)
        with pytest.raises(services.Unfinished, match="waits for “Ask finance”"):
            services.finish(second, by=rep, at=now)
        services.finish(first, by=rep, at=now)
        services.finish(second, by=rep, at=now)
        assert second.status == "done"

    def test_what_was_dropped_holds_nobody_up(self, make, rep, now):
        first, second = make("Ask finance"), make("Send the quote")
        services.wait_for(second, blocker=first, by=rep, at=now)
        services.drop(first, reason="They know already", by=rep, at=now)
        services.finish(second, by=rep, at=now)

    def test_a_required_line_must_be_ticked_another_need_not(self, make, rep, now):
        task = make(items=["Nice to have"])
        item = services.add_item(task, text="Check the price", required=True, by=rep, at=now)
        with pytest.raises(services.Unfinished, match="Check the price"):
            services.finish(task, by=rep, at=now)
        services.check(item, by=rep, at=now)
        services.check(item, by=rep, at=now)
        services.finish(task, by=rep, at=now)
        assert actions(task).count("tasks.task.checked") == 1

    def test_twice_is_refused_with_words(self, make, rep, now):
        task = make()
        services.finish(task, by=rep, at=now)
        with pytest.raises(IllegalMove, match="already done"):
            services.finish(task, by=rep, at=now)

    def test_a_drop_says_why_and_can_be_taken_back(self, make, rep, now):
        task = make()
        with pytest.raises(services.BadTask, match="why"):
            services.drop(task, reason=" ", by=rep, at=now)
        task.refresh_from_db()
        services.drop(task, reason="Sold out", by=rep, at=now)
        services.reopen(task, by=rep, at=now)
        assert (task.status, task.drop_reason, task.closed_at) == ("open", "", None)


class TestCircles:
    def test_nobody_waits_for_himself(self, make, rep, now):
        task = make()
        with pytest.raises(services.Circle, match="itself"):
            services.wait_for(task, blocker=task, by=rep, at=now)
        with pytest.raises(IntegrityError), transaction.atomic():
            Dependency.objects.create(task=task, blocker=task)

    def test_a_long_circle_is_refused_with_its_last_step(self, make, rep, now):
        tasks = [make(f"Step {n}") for n in range(5)]
        for earlier, later in pairwise(tasks):
            services.wait_for(later, blocker=earlier, by=rep, at=now)
        with pytest.raises(services.Circle, match="“Step 4” already waits for “Step 0”"):
            services.wait_for(tasks[0], blocker=tasks[4], by=rep, at=now)
        services.wait_no_longer(tasks[2], blocker=tasks[1], by=rep, at=now)
        services.wait_for(tasks[0], blocker=tasks[4], by=rep, at=now)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    def both(self, *work):
        """Run all at once, each with a connection of its own: what each returned or refused."""
        gate, said = threading.Barrier(len(work)), []

        def run(act):
            try:
                gate.wait()
                said.append(act())
            except (IllegalMove, services.Circle) as refusal:
                said.append(refusal)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return said

    def test_two_who_finish_a_recurring_task_make_one_next(self, make, rep, coordinator, now):
        weekly = {"every": 1, "unit": "week"}
        for n in range(5):
            task = make(f"Report {n}", due_on=date(2026, 11, 24), recurs=weekly)
            said = self.both(
                *(
                    lambda who=who, pk=task.pk: services.finish(
                        Task.objects.get(pk=pk), by=who, at=now
                    )
                    for who in (rep, coordinator)
                )
            )
            assert sorted(type(s).__name__ for s in said) == ["IllegalMove", "Task"]
            assert Task.objects.filter(previous=task).count() == 1

    def test_two_halves_of_a_circle_are_never_both_there(self, make, rep, now):
        for n in range(5):
            one, two = make(f"One {n}"), make(f"Two {n}")
            said = self.both(
                lambda a=one, b=two: services.wait_for(a, blocker=b, by=rep, at=now),
                lambda a=two, b=one: services.wait_for(a, blocker=b, by=rep, at=now),
            )
            assert sum(isinstance(s, services.Circle) for s in said) == 1
