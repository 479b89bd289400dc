"""What the first rows of a file look like."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

MOST_VALUES: Final = 60


@dataclass
class Sample:
    """What the first rows of a file look like, for the page that maps it."""

    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    dialect: str = ""
    problem: str = ""

    def cells(self, column: str) -> list[str]:
        if column not in self.columns:
            return []
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def values(self, column: str) -> list[tuple[str, int]]:
        """The values of a column with how often each came, most frequent first."""
        counted = Counter(cell.strip() for cell in self.cells(column) if cell.strip())
        return counted.most_common(MOST_VALUES)
