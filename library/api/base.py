"""What both resources of the library share."""

from typing import Any, Final

from kit.api import Conflict, Refused, StrictSerializer
from library import services

PK: Final = r"[0-9]{1,18}"


def guard(act: Any) -> Any:
    """Run one service call; its refusals become 409 or 422."""
    try:
        return act()
    except (services.NotOffered, services.Settled) as refusal:
        raise Conflict(str(refusal)) from refusal
    except services.BadMaterial as refusal:
        raise Refused(str(refusal)) from refusal


class NothingSerializer(StrictSerializer):
    """A step that needs no words."""
