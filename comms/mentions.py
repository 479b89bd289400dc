"""Who is named with an @ in a message: people by their full name, departments by theirs."""

import re
from typing import Any, Final

from django.db.models.functions import Lower

from comms.models import Mention, Message
from people.models import Department, User

QUOTE: Final = "\N{RIGHT SINGLE QUOTATION MARK}"  # as in O'Brien, typed by a phone
AT: Final = re.compile(rf"(?<![\w@])@([\w'{QUOTE}.-]+(?: [\w'{QUOTE}.-]+){{0,4}})")
MOST: Final = 50


def said(text: str) -> list[str]:
    """All that could be a name after an @, the longest first, lower case."""
    found: list[str] = []
    for match in list(AT.finditer(text))[:MOST]:
        words = match.group(1).lower().split(" ")
        found += [" ".join(words[:n]).rstrip(f".,'{QUOTE}-") for n in range(len(words), 0, -1)]
    return found


def by_name(names: list[str]) -> tuple[list[User], list[Department]]:
    """The active colleagues and the departments of these names (lower case).

    A name that two people share names neither: nobody is told by accident.
    """
    people = User.objects.active().annotate(key=Lower("name")).filter(key__in=names).order_by("pk")
    found: dict[str, list[User]] = {}
    for user in people:
        found.setdefault(user.name.lower(), []).append(user)
    departments = Department.objects.annotate(key=Lower("name")).filter(key__in=names)
    return [same[0] for same in found.values() if len(same) == 1], list(departments.order_by("pk"))


def asked(text: str) -> dict[str, Any]:
    """Whose answer is needed, as `services.say` takes it, of what somebody typed: the desk, a
    department or a colleague by name; nothing for nobody, or for a name that nobody has."""
    name = " ".join(text.lstrip("@").split()).lower()
    if name == "desk":
        return {"asks_desk": True}
    if not name:
        return {}
    people, departments = by_name([name])
    if departments:
        return {"asks_department": departments[0]}
    return {"asks_user": people[0]} if people else {}


def keep(message: Message) -> dict[str, Any]:
    """Write down whom a message names now; returns those newly named, as the journal says it."""
    if "@" not in message.body:
        return {}
    people, departments = by_name(said(message.body))
    before = set(message.mentions.values_list("user_id", "department_id"))
    rows = [Mention(message=message, user=user) for user in people]
    rows += [Mention(message=message, department=department) for department in departments]
    new = [row for row in rows if (row.user_id, row.department_id) not in before]
    Mention.objects.bulk_create(new, ignore_conflicts=True)
    users = [row.user_id for row in new if row.user_id is not None]
    sides = [row.department_id for row in new if row.department_id is not None]
    return {"mentions": {"users": users, "departments": sides}} if new else {}
