"""/api/meetings/ and what belongs to it."""

from meetings.api import availability, meetings

routes = [*availability.routes, *meetings.routes]
paths = [*availability.paths]

__all__ = ["paths", "routes"]
