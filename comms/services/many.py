"""Many mails owed at once, in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from comms.models import MAIN, Delivery, Sender
from comms.services.mails import message_id_of
from crm.models import Contact
from people.models import User


class Senders:
    """In whose name, for many: `sender_for`, with all senders read once."""

    def __init__(self) -> None:
        self.by_team = {row.team_id: row for row in Sender.objects.select_related("team")}

    def of(self, author: User | None, contact: Contact | None) -> Sender | None:
        """The author's team, else that of who owns the account, else everybody's."""
        if author is not None and author.team_id in self.by_team:
            return self.by_team[author.team_id]
        owner = contact.account.owner if self.by_team and contact is not None else None
        if owner is not None and owner.team_id is not None and owner.team_id in self.by_team:
            return self.by_team[owner.team_id]
        return self.by_team.get(None)


def owe_many(rows: Sequence[Mapping[str, Any]], *, at: datetime) -> dict[str, int]:
    """`owe_mail` for many, in the caller's transaction: {key: the delivery's key}.

    Each of `rows` holds key, recipient, subject, body, due_at, about (a model instance) and, as
    there, columns of a delivery.
    """
    senders, made = Senders(), []
    for given in rows:
        fields = dict(given)
        about = fields.pop("about")
        sender = senders.of(fields.get("author"), fields.get("contact"))
        fields |= {
            "sender": sender, "provider": sender.provider if sender else MAIN, "created_at": at,
            "message_id": message_id_of(fields["key"], sender),
            "recipient_name": fields["recipient_name"][:200],
            "subject": " ".join(fields["subject"].split())[:250],
            "about_type": about._meta.label_lower, "about_id": about.pk,
        }  # fmt: skip
        made.append(Delivery(**fields))
    Delivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)
    keys = [row.key for row in made]
    return dict(Delivery.objects.filter(key__in=keys).values_list("key", "pk"))
