"""/api/meetings/ and what belongs to it."""

from meetings.api import meetings, series

routes = [*meetings.routes, *series.routes]

__all__ = ["routes"]
