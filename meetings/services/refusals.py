"""Why something about a meeting cannot be; each message is fit for people to read."""


class SlotTaken(Exception):
    """Somebody who must come, or the room, is not free then."""


class BadMeeting(Exception):
    """The meeting cannot be as asked."""


class LinkGone(Exception):
    """A guest's link is unknown, revoked or too old: nobody is told which."""


class BadPage(Exception):
    """A booking page, or a kind of meetings, cannot be kept as it stands."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


class PageGone(Exception):
    """The page was withdrawn, or its link was used or is too old."""


class TooManyOpen(Exception):
    """Somebody has as many meetings from pages as one mail address may have at once."""


class ProposalClosed(Exception):
    """Nothing can be chosen of these times any more."""
