"""Files to import, and `bring`: the command's way in, without the command line."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from desk.defaults import ensure_types
from imports import mapping, services
from imports.kinds import kind_of
from imports.models import ImportRun


@pytest.fixture
def write(tmp_path):
    """`write(rows, name=…, encoding=…)`: a file of rows of cells, or of raw bytes."""

    def make(rows, *, name="table.csv", encoding="utf-8", delimiter=","):
        path = tmp_path / name
        if isinstance(rows, bytes):
            path.write_bytes(rows)
            return path
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=delimiter).writerows(rows)
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return make


@pytest.fixture
def bring(db):
    """`bring("accounts", path, raw_map)`: the run, done; the map is guessed when left out."""

    def run(kind, path, raw=None, *, dry_run=False, good_rows=False, by=None, at=None):
        kind = kind_of(kind)
        raw = services.guessed(kind, path) if raw is None else raw
        how = mapping.check(kind, raw)
        now = at or timezone.now()
        row = ImportRun.objects.create(
            kind=kind.slug, file_name=path.name, mapping=raw, created_at=now, started_at=now,
            dry_run=dry_run, good_rows_only=good_rows, by=by,
        )  # fmt: skip
        services.perform(row, services.from_folder(path, how), how, at=now)
        row.refresh_from_db()
        return row

    return run


@pytest.fixture
def take(bring, write):
    """`take("accounts", rows, match="vat")`: the run over a file of rows of cells, the map guessed."""

    def run(kind, rows, *, dry_run=False, good_rows=False, by=None, **more):
        path = write(rows)
        raw = {"columns": mapping.guess(kind_of(kind), rows[0]), **more}
        return bring(kind, path, raw, dry_run=dry_run, good_rows=good_rows, by=by)

    return run


@pytest.fixture
def found():
    """`found(run)`: (row, column, reason) of every bad row."""
    return lambda run: list(run.problems.order_by("pk").values_list("row", "column", "reason"))


@pytest.fixture
def types(team):
    return ensure_types(team)


def uploaded(path):
    return SimpleUploadedFile(path.name, path.read_bytes())
