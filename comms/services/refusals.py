"""Why something cannot be written; each text is fit for people to read."""


class Unsendable(Exception):
    """The message cannot be posted."""


class NotRemovable(Exception):
    """Somebody else's file, or too late."""


class NotEditable(Exception):
    """Somebody else's message, or one that left the house."""


class NotLiftable(Exception):
    """The address gets mail already, or nobody said why it should."""


class TooLate(Exception):
    """The mail has left, or is leaving."""
