"""Who holds a claim, known by its process: the leases of a killed one need not run out.

Only a process of this very machine, in the same process table, can be known to be dead; of all
others nobody here can say, and their leases run out as ever. The start time tells a process from a
later one with its number (proc_pid_stat(5), field 22).
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
BOOT: Final = PROC / "sys/kernel/random/boot_id"
AFTER_NAME_START: Final = 19  # fields after the name in brackets, the first being the state
DEAD_STATES: Final = {"Z", "X"}


def me() -> str:
    """This process, as it stands beside a claim; empty where that cannot be told."""
    return _named(os.getpid())


@lru_cache(maxsize=4)
def _named(pid: int) -> str:
    table, born = _table(), _born(pid)
    return f"{table}:{pid}:{born}" if table and born else ""


@lru_cache(maxsize=1)
def _table() -> str:
    """Which process table numbers mean something in: this boot, this namespace."""
    try:
        return f"{BOOT.read_text().strip()}:{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


def _born(pid: int) -> str:
    """When the process began; empty for one that is gone, or only waits to be buried."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in DEAD_STATES else fields[AFTER_NAME_START]


def is_dead(holder: str) -> bool:
    """Whether the process is certainly gone."""
    table, _, rest = holder.rpartition(":")
    table, _, pid = table.rpartition(":")
    if not table or table != _table() or not pid.isdecimal():
        return False
    return _born(int(pid)) != rest
