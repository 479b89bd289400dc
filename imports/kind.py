"""What a kind of import is: its fields, its checks, and the verb that writes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from imports.fields import Field
from kit import bulk

Write = Callable[..., bulk.Written]
ID_WORDS: Final = ("id", "external id", "code", "key", "nr")


@dataclass(frozen=True)
class Kind:
    """`keys` are columns of `staged` beside the fields; `lines` are fields of a second table.

    `matches` are the rules by which records are found that have no id; `target` says that records
    are compared with the file first, so that conflicts are shown and the whole can be taken back;
    `custom` is the kind of record whose own fields become columns; `stands_in` is the field for
    which a map may name what rows without it belong to.
    """

    slug: str
    label: str
    about: str
    fields: tuple[Field, ...]
    write: Write
    find: Callable[..., None] = lambda: None
    keys: Mapping[str, str] | None = None
    lines: tuple[Field, ...] = ()
    first_checks: bulk.Checks = ()
    split: Sequence[str] = ()
    checks: bulk.Checks = ()
    last_checks: bulk.Checks = ()
    noun: str = "records"
    matches: Mapping[str, str] | None = None
    target: Any = None
    custom: str = ""
    stands_in: str = ""

    def field(self, name: str) -> Field:
        return next(f for f in (*self.fields, *self.lines) if f.name == name)

    @property
    def rule(self) -> str:
        """The usual rule by which records are found."""
        return next(iter(self.matches or {}), "")
