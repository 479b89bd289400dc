"""The alarm clock wakes only what there is."""

from coordinator.beat import SCHEDULE
from coordinator.celery import app


def test_every_task_of_the_schedule_is_registered():
    app.loader.import_default_modules()
    wanted = {entry["task"] for entry in SCHEDULE.values()}
    assert len(wanted) > 10
    assert wanted - set(app.tasks) == set()
