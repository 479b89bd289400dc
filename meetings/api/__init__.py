"""/api/meetings/ and what belongs to it."""

from meetings.api.meetings import routes

__all__ = ["routes"]
