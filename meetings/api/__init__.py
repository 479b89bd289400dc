"""/api/meetings/ and what belongs to it."""

from meetings.api import meetings, pages, proposals

routes = [*meetings.routes, *pages.routes, *proposals.routes]

__all__ = ["routes"]
