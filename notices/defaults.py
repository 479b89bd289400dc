"""The rules that a portal begins with."""

from typing import Final

from notices.models import EscalationRule, ReminderRule

# kind, mailed after, told to the managers after so many more; working hours.
ESCALATED: Final = (
    ("turn", 4, 8), ("turn_reminder", 4, 8), ("handoff", 4, 8), ("customer_wrote", 4, None),
    ("important_note", 8, None),
)  # fmt: skip


def ensure_rules() -> None:
    """Remind of questions after a working day, and escalate what matters; existing rules stay."""
    ReminderRule.objects.get_or_create(asked=ReminderRule.Asked.PERSON)
    for kind, mail, tell in ESCALATED:
        EscalationRule.objects.get_or_create(
            kind=kind, defaults={"mail_after_hours": mail, "tell_after_hours": tell}
        )
