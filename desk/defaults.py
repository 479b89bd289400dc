"""The request types that a portal begins with."""

from typing import Any, Final

from django.utils import timezone

from desk.models import CannedAnswer, FormVersion, RequestType, SlaPolicy
from people.models import Team

HOUR: Final = 3600
NOTES: Final = {
    "name": "notes", "label": "Anything else", "kind": "long_text", "required": False,
}  # fmt: skip
TYPES: Final[tuple[dict[str, Any], ...]] = (
    {
        "slug": "order", "name": "Order", "icon": "package", "creates": "order", "hours": (1, 4),
        "description": "Products, checked, reserved and handed to logistics",
        "form": [
            {"name": "lines", "label": "Products", "kind": "lines", "required": True},
            {"name": "po_number", "label": "PO number", "kind": "text", "required": False,
             "help": "The customer's own order number"},
            {"name": "ship_how", "label": "Delivery", "kind": "choice", "required": False,
             "choices": [["together", "All together"], ["split", "What is there first"]]},
            {"name": "split_why", "label": "What is needed first?", "kind": "text", "required": True,
             "show_if": {"field": "ship_how", "value": "split"}},
            NOTES,
        ],
    },
    {
        "slug": "quote", "name": "Quote", "icon": "file-invoice", "creates": "quote", "hours": (2, 8),
        "description": "A price for a customer, valid for a while",
        "form": [
            {"name": "need", "label": "What does the customer need?", "kind": "long_text", "required": True},
            {"name": "lines", "label": "Products", "kind": "lines", "required": False},
            NOTES,
        ],
    },
    {
        "slug": "meeting", "name": "Meeting", "icon": "calendar-event", "creates": "meeting", "hours": (2, 8),
        "description": "A time that suits everybody, with invitations",
        "form": [
            {"name": "minutes", "label": "How long, in minutes?", "kind": "number", "required": True,
             "at_least": 5, "at_most": 720},
            {"name": "attendees", "label": "Colleagues who must come", "kind": "people", "required": False,
             "help": "E-mail addresses, separated by commas; you are invited anyway"},
            {"name": "window_from", "label": "Not before", "kind": "date", "required": False},
            {"name": "window_until", "label": "Not after", "kind": "date", "required": False},
            {"name": "where", "label": "Where", "kind": "choice", "required": False,
             "choices": [["video", "By video"], ["customer", "At the customer"], ["us", "With us"]]},
            {"name": "address", "label": "Address", "kind": "text", "required": True,
             "show_if": {"field": "where", "value": "customer"}},
            NOTES,
        ],
    },
    {
        "slug": "question", "name": "Question", "icon": "help-circle", "creates": "", "hours": (1, 4),
        "description": "Status, technical, delivery: an answer in words",
        "form": [
            {"name": "question", "label": "Your question", "kind": "long_text", "required": True},
        ],
    },
    {
        "slug": "material", "name": "Material", "icon": "books", "creates": "material", "hours": (4, 16),
        "description": "Decks, data sheets, certificates, contracts",
        "form": [
            {"name": "what", "label": "What do you need?", "kind": "long_text", "required": True},
            {"name": "language", "label": "Language", "kind": "choice", "required": False,
             "choices": [["en", "English"], ["nl", "Dutch"], ["de", "German"], ["other", "Another"]]},
            {"name": "which_language", "label": "Which language?", "kind": "text", "required": True,
             "show_if": {"field": "language", "value": "other"}},
        ],
    },
    {
        "slug": "record-change", "name": "Record change", "icon": "database-edit",
        "creates": "record", "hours": (4, 16),
        "description": "Addresses, contacts, terms: keep the records right",
        "form": [
            {"name": "change", "label": "What should be changed, and to what?", "kind": "long_text", "required": True},
        ],
    },
)  # fmt: skip


ANSWERS: Final = (
    ("We have it", "Hello {{rep}},\n\nwe have {{ref}} and are at it. You hear from us by {{due}}.\n\n{{me}}"),
    ("Which delivery address?",
     "Hello {{rep}},\n\nto which address shall it go for {{account}}? The clock of {{ref}} waits for you.\n\n{{me}}"),
    ("The order is on its way",
     "Hello {{rep}},\n\n{{order}} for {{account}} has left the house.\n\n{{me}}"),
    ("Quote is ready", "Hello {{rep}},\n\n{{quote}} is ready for {{account}}. Shall {{contact}} have it?\n\n{{me}}"),
)  # fmt: skip


def ensure_types(team: Team) -> dict[str, RequestType]:
    """Create the types that are missing, for `team`; existing ones stay as they are."""
    found = {}
    for position, plan in enumerate(TYPES):
        response, resolution = plan["hours"]
        policy, _ = SlaPolicy.objects.get_or_create(
            name=f"{plan['name']}: {response} h to answer, {resolution} h to finish",
            defaults={"response_seconds": response * HOUR, "resolution_seconds": resolution * HOUR},
        )
        rest = {k: plan[k] for k in ("name", "icon", "creates", "description", "form")}
        kind, _ = RequestType.objects.get_or_create(
            slug=plan["slug"],
            defaults={**rest, "policy": policy, "team": team, "position": position},
        )
        FormVersion.objects.get_or_create(
            type=kind, version=kind.version,
            defaults={"form": kind.form, "checklist": kind.checklist, "made_at": timezone.now()},
        )  # fmt: skip
        found[plan["slug"]] = kind
    return found


def ensure_answers() -> None:
    """The canned answers that a portal begins with; those that are there stay as they are."""
    for title, body in ANSWERS:
        CannedAnswer.objects.get_or_create(title=title, defaults={"body": body})
