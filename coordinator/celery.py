"""The alarm clock: tasks wake workers, rows say what is due."""

import os
import signal
from pathlib import Path

from celery import Celery
from celery.signals import worker_process_init
from kombu.transport import TRANSPORT_ALIASES

from coordinator.local import keeper

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coordinator.settings")

TRANSPORT_ALIASES["filesystem"] = "coordinator.local.broker:Transport"
app = Celery("coordinator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["process.importing"])  # its own corner of an app


@app.on_after_configure.connect
def make_folders(sender: Celery, **_: object) -> None:
    """The filesystem broker wants its folders before the first message."""
    for value in sender.conf.broker_transport_options.values():
        if isinstance(value, str) and os.path.isabs(value):  # noqa: PTH117
            Path(value).mkdir(parents=True, exist_ok=True)


@worker_process_init.connect
def die_with_the_worker(**_: object) -> None:
    """A killed worker takes its processes along; what they had claimed is claimed again later."""
    keeper.die_with_parent(signal.SIGKILL)
