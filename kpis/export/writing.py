"""Tables into files, a block at a time, hashed while they are written."""

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from kpis.export.schema import CHUNK, Row, Table

COMPRESSION: Final = "zstd"


def write(table: Table, folder: Path, form: str) -> dict[str, Any]:
    """Write one table; returns its part of the manifest: {name, file, rows, bytes, sha256, columns}."""
    name = f"{table.name}.{'parquet' if form == 'parquet' else 'csv.gz'}"
    path = folder / name
    put = _parquet if form == "parquet" else _csv
    rows = put(table, path)
    return {
        "name": table.name, "file": name, "rows": rows, "bytes": path.stat().st_size,
        "sha256": digest(path),
        "columns": [{"name": c.name, "type": str(c.type), "null": c.nullable} for c in table.columns],
    }  # fmt: skip


def digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _blocks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while block := list(islice(source, CHUNK)):
        yield block


def _parquet(table: Table, path: Path) -> int:
    schema, count = table.schema, 0
    with pq.ParquetWriter(path, schema, compression=COMPRESSION) as target:
        for block in _blocks(table.rows()):
            columns = zip(*block, strict=True)
            arrays = [
                pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)
            ]
            target.write_batch(pa.record_batch(arrays, schema=schema))
            count += len(block)
    return count


def _csv(table: Table, path: Path) -> int:
    """UTF-8, comma, a head; empty is nothing, true and false, moments in UTC."""
    count = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        text = io.TextIOWrapper(packed, "utf-8", newline="", write_through=False)
        target = csv.writer(text)
        target.writerow([c.name for c in table.columns])
        for block in _blocks(table.rows()):
            target.writerows([[_cell(value) for value in row] for row in block])
            count += len(block)
        text.flush()
        text.detach()
    return count


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return _safe(value) if isinstance(value, str) else value


def _safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula is text."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Last of all: a folder with a manifest is whole."""
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def size_of(parts: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """(rows, bytes) of all tables."""
    return sum(p["rows"] for p in parts), sum(p["bytes"] for p in parts)
