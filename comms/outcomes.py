"""How handing something over can end. Whoever carries raises one of these; silence means taken."""


class NotReached(Exception):
    """The other side could not be reached at all: nobody's mail is to blame."""


class Refused(Exception):
    """The other side answered, and did not take it."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code = code


class Later(Refused):
    """It may be tried again; not before `wait` seconds, if it says so."""

    def __init__(self, code: int, words: str, *, wait: int = 0) -> None:
        super().__init__(code, words)
        self.wait = wait


class Never(Refused):
    """It will not be taken, however often it is tried."""


class NotTaken(Exception):
    """The line went dead before the whole mail was handed over: it was certainly not taken."""


class Unknown(Exception):
    """The line went dead between the end of the mail and the answer: nobody here can say."""
