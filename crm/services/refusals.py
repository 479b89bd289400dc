"""What services of records refuse; its own module, because rules and writes both raise it."""

from kit.refusals import BadFields


class BadRecord(BadFields):
    """Values that the record cannot have: {field: words}; the texts are fit for people to read."""
