"""Refusals that doors of any app know how to answer."""


class BadFields(Exception):
    """Values that cannot be kept: {field: words}; the texts are fit for people to read."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems
