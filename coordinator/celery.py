"""The alarm clock: tasks wake workers, rows say what is due."""

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordinator.settings")

app = Celery("coordinator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def make_folders(sender: Celery, **_: object) -> None:
    """The filesystem broker wants its folders before the first message."""
    for value in sender.conf.broker_transport_options.values():
        if isinstance(value, str) and os.path.isabs(value):  # noqa: PTH117
            Path(value).mkdir(parents=True, exist_ok=True)
