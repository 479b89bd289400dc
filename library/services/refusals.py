"""Why something cannot be done; each text is fit for people to read."""


class BadMaterial(Exception):
    """It cannot be kept like this. `field` names what to look at."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


class BadShare(BadMaterial):
    """It cannot be shared like this."""


class NotOffered(Exception):
    """Expired or archived material is not given out any more."""


class Settled(Exception):
    """It is so already, or was taken back meanwhile."""


class TooManyCodes(Exception):
    """Somebody asked for one code after the other."""
