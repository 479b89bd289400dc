"""The empty test database: migrated once per run, then copied by whoever else wants one."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import setup_databases, teardown_databases

from coordinator.local import database as local
from coordinator.local import layout
from people import roles
from tests.once import alone


def ready(shared: Path, *, again: bool):
    """Make this worker's database, or take the one of an earlier run (`again`).

    `shared` is a folder that all workers see; each has a server of its own. Returns what Django's
    teardown wants.
    """
    with alone(shared):
        kept = shared / "empty.sql"
        copied = kept.exists() and not again
        if copied:
            name = connection.creation._get_test_db_name()
            with connection._nodb_cursor() as sql:
                sql.execute(f'DROP DATABASE IF EXISTS "{name}"')
                sql.execute(f'CREATE DATABASE "{name}"')
            copy(kept, _address(name))
        made = setup_databases(
            verbosity=0, interactive=False, keepdb=again or copied, serialized_aliases=set()
        )
        if not copied:
            call_command("createcachetable", verbosity=0)
            roles.sync()
        if settings.LOCAL and not kept.exists():
            connections.close_all()
            _run(
                "pg_dump", "--no-owner", "--file", kept, _address(connection.settings_dict["NAME"])
            )
    return made


def drop(made) -> None:
    """Drop the database of this worker, also while a thread that a test left holds it open."""
    name = connection.settings_dict["NAME"]
    connections.close_all()
    with connection._nodb_cursor() as sql:
        sql.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
    teardown_databases(made, verbosity=0)


def copy(kept: Path, address: str) -> None:
    """Make the tables of `kept` in the empty database at `address`."""
    _run("psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1",
         "--file", kept, address)  # fmt: skip


def _address(name: str) -> str:
    place = layout.find(settings.DATA_DIR)
    return urlsplit(local.url(place))._replace(path=f"/{name}").geturl()


def _run(program: str, *arguments: object) -> None:
    command = [layout.programs(layout.find(settings.DATA_DIR)) / program, *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
