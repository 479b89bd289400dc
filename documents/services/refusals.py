"""Why something cannot be done; each text is fit for people to read."""


class BadAsk(Exception):
    """It cannot be asked like this. `field` names what to look at."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


class Unreachable(BadAsk):
    """The contact would not get the mail."""


class Finished(Exception):
    """What it is about is finished: nobody would use the documents."""


class TooSoon(Exception):
    """The customer was reminded a moment ago."""


class ChangedMeanwhile(Exception):
    """More has come since somebody looked."""


class TooMany(Exception):
    """More files than were asked for."""


class LinkGone(Exception):
    """The link died between opening the page and sending it."""
