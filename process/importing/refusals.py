"""Why a log is not taken; the texts are fit for people to read."""


class LogRefused(Exception):
    """The file, or what was said about it, cannot be used."""


class Busy(Exception):
    """The import is not in a state that allows this."""
