"""Halden Flow and its year, made once per run: later tests of any worker load what was kept.

Making the year takes a minute of the processor, loading it some seconds. The tables go out and in
by COPY; generated columns make themselves again. A worker that comes while another makes the
company waits for it.
"""

import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from people import roles
from tests.once import alone

_TABLES = """
SELECT c.relname, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND c.relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission',
    'auth_group_permissions', 'people_user_user_permissions')
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = """
SELECT quote_ident(sequencename), last_value FROM pg_sequences
WHERE schemaname = 'public' AND last_value IS NOT NULL
  AND sequencename !~ '^(django_migrations|django_content_type|auth_permission)_'
"""
_FILES = ("MAIL_DIR", "UPLOAD_DIR", "MEDIA_ROOT")


def ready(kept: Path) -> None:
    """Fill the empty test database: from `kept`, a folder all workers see, or else by hand."""
    with alone(kept):
        if (kept / "whole").exists():
            _load(kept)
        else:
            call_command("demo_data", verbosity=0)
            _keep(kept)
            (kept / "whole").touch()


def _rows(query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _keep(kept: Path) -> None:
    with connection.cursor() as cursor:
        for table, columns in _rows(_TABLES):
            with (kept / f"{table}.rows").open("wb") as file:
                cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) TO STDOUT", file)
    (kept / "sequences").write_text("\n".join(f"{n} {v}" for n, v in _rows(_SEQUENCES)))
    for name in _FILES:
        folder = Path(getattr(settings, name))
        if folder.is_dir():
            shutil.copytree(folder, kept / name)


def _load(kept: Path) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # parents and children alike
        tables = _rows(_TABLES)
        cursor.execute(f"TRUNCATE {', '.join(table for table, _ in tables)} CASCADE")
        for table, columns in tables:
            with (kept / f"{table}.rows").open("rb") as file:
                cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", file)
        for line in (kept / "sequences").read_text().splitlines():
            name, value = line.rsplit(" ", 1)
            cursor.execute(f"SELECT setval('{name}', {int(value)})")
    for name in _FILES:
        if (kept / name).is_dir():
            shutil.copytree(kept / name, getattr(settings, name), dirs_exist_ok=True)
    roles.sync()  # permissions have keys of their own in each database
