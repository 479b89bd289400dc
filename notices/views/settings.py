"""Rules of reminders and of what happens while something is not read."""

from collections.abc import Mapping
from typing import Final

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from notices.forms import EscalationForm, ReminderForm
from notices.models import EscalationRule, ReminderRule
from people.setup import Table, Tables

PERMISSION: Final = "notices.change_reminderrule"
TABLES: Final[Mapping[str, Table]] = {
    "reminders": Table(
        "Reminders of questions", "rule", "When a question that waits is told again, and who else "
        "hears of it. Hours are working hours of whoever was asked.", ReminderRule, ReminderForm,
        (("Asked of", "asked"), ("After hours", "after_hours"), ("Again every", "every_hours"),
         ("At most", "most"), ("Asker after", "asker_after_hours"),
         ("Managers after", "manager_after_hours"), ("In use", "is_active")), PERMISSION,
    ),
    "unread": Table(
        "What is not read", "rule", "What happens while somebody has not read what matters. Hours "
        "are the reader's working hours; it stops when she reads it or it is settled.",
        EscalationRule, EscalationForm,
        (("Kind", "kind"), ("Mail after hours", "mail_after_hours"),
         ("Others after more", "tell_after_hours"), ("Tell", "to"), ("Person", "person__name"),
         ("In use", "is_active")), PERMISSION,
    ),
}  # fmt: skip
SET_UP: Final = Tables("notices", TABLES, permission=PERMISSION, home="settings")


@require_safe
@permission_required(PERMISSION, raise_exception=True)
def settings(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "notices/settings.html", {"tables": TABLES})
