"""Why something about a meeting cannot be; each message is fit for people to read."""


class SlotTaken(Exception):
    """Somebody who must come, or the room, is not free then."""


class BadMeeting(Exception):
    """The meeting cannot be as asked."""


class LinkGone(Exception):
    """A guest's link is unknown, revoked or too old: nobody is told which."""
