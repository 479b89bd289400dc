"""Reading the same rows once for many pieces of work that are done in one go."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

T = TypeVar("T")
_memory: Final[ContextVar[dict[Hashable, Any] | None]] = ContextVar("once", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Within the block `once` reads a thing the first time only. The block is one transaction of a
    moment's length: what others change meanwhile counts from the next block on."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def once(key: Hashable, read: Callable[[], T]) -> T:
    """What `read` returns; remembered under `key` within `reading_once`, read anew outside of it."""
    memory = _memory.get()
    if memory is None:
        return read()
    if key not in memory:
        memory[key] = read()
    found: T = memory[key]
    return found


def remember(key: Hashable, value: Any) -> None:
    """What `once` will find under `key`; nothing is remembered outside of `reading_once`."""
    memory = _memory.get()
    if memory is not None:
        memory[key] = value
