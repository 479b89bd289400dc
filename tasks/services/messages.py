"""Messages that playbooks owe: internal, posted by the portal, each once."""

from datetime import datetime

from comms import services as comms
from comms.models import Visibility
from tasks.models import PlaybookMessage, Task
from tasks.subjects import row_of


def post_after(task: Task, *, at: datetime) -> None:
    """What waited for this task is said now."""
    owed = PlaybookMessage.objects.select_for_update(of=("self",)).select_related("run__playbook")
    for message in owed.filter(waits_for=task, posted_at=None).order_by("pk"):
        post(message, at=at)


def post(message: PlaybookMessage, *, at: datetime) -> None:
    """Say it in the conversation about the run's object; of one that is gone nobody hears."""
    run = message.run
    subject = row_of(run.subject_type, run.subject_id)
    if subject is None:
        return
    thread = comms.thread_for(subject, account_id=run.account_id, at=at)
    comms.post(
        thread, body=message.body, visibility=Visibility.INTERNAL, by=None, at=at,
        author_name=f"Playbook “{run.playbook}”",
    )  # fmt: skip
    message.posted_at = at
    message.save(update_fields=["posted_at"])
