"""What the library suggests to bring to a meeting (settings.PREP_MATERIAL)."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from kit.briefing import Suggestion
from library.queries import suggest_for


def for_meeting(meeting: Any) -> list[Suggestion]:
    """By the customer of the meeting, its industry, and what was won with it."""
    return [
        Suggestion(
            one.material.title, one.reason, reverse("library:material", args=[one.material.pk])
        )
        for one in suggest_for(meeting, at=timezone.now(), limit=3)
    ]  # fmt: skip
