"""/api/meetings/ and what belongs to it."""

from meetings.api import availability, meetings, series

routes = [*availability.routes, *meetings.routes, *series.routes]
paths = [*availability.paths]

__all__ = ["paths", "routes"]
