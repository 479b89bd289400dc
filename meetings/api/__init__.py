"""/api/meetings/ and what belongs to it."""

from meetings.api import availability, meetings, pages, proposals, series

routes = [
    *availability.routes, *meetings.routes, *pages.routes, *proposals.routes, *series.routes,
]  # fmt: skip
paths = [*availability.paths]

__all__ = ["paths", "routes"]
