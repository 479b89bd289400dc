"""`manage.py import_table KIND FILE`: the import page for scripts."""

import json
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from imports import mapping, services
from imports.kinds import KINDS, kind_of
from imports.mapping import MapError
from imports.models import ImportRun, Status
from people.models import User

SHOWN = 20


class Command(BaseCommand):
    help = "Import accounts, contacts, products, orders or a request log from a CSV or spreadsheet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--map", metavar="MAP.json",
            help="a JSON file, or the name of a map that comes with the portal; guessed if left out",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")
        parser.add_argument(
            "--good-rows", action="store_true", help="take the good rows and report the others"
        )
        parser.add_argument(
            "--report", type=Path, metavar="OUT.json", help="write every bad row there"
        )
        parser.add_argument("--by", metavar="EMAIL", help="who imports; nobody if left out")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            run = self._run(options)
        except MapError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["report"]:
            with options["report"].open("w", encoding="utf-8") as out:
                write_report(run, out)
        self._tell(run, options)

    def _run(self, options: dict[str, Any]) -> ImportRun:
        kind, path = kind_of(options["kind"]), options["file"]
        by = None
        if options["by"]:
            by = User.objects.active().filter(email__iexact=options["by"]).first()
            if by is None:
                raise CommandError(f"Nobody active has the address {options['by']}.")
        raw = _map(options["map"], kind, path)
        how = mapping.check(kind, raw)
        sources = services.from_folder(path, how)
        now = timezone.now()
        run = ImportRun.objects.create(
            kind=kind.slug, file_name=path.name[-200:], mapping=raw, by=by, created_at=now,
            started_at=now, dry_run=options["dry_run"], good_rows_only=options["good_rows"],
        )  # fmt: skip
        told = self._progress if options["verbosity"] > 1 else None
        services.perform(run, sources, how, at=now, told=told)
        return run

    def _progress(self, run: ImportRun) -> None:
        self.stderr.write(f"{run.rows_read:,} rows read")

    def _tell(self, run: ImportRun, options: dict[str, Any]) -> None:
        for found in run.problems.order_by("pk")[:SHOWN]:
            where = f", {found.column}" if found.column else ""
            what = "line row" if found.in_lines else "row"
            self.stderr.write(f"{what} {found.row}{where}: {found.reason}")
        more = max(run.problems.count() - SHOWN, 0)
        if more:
            hint = "" if options["report"] else " --report FILE has them all."
            self.stderr.write(f"… and {more:,} more problems.{hint}")
        if run.status == Status.REFUSED:
            raise CommandError(run.problem)
        for field, words, rows in run.warnings.get("rules", []):
            self.stderr.write(f"warning, {rows:,} rows, {field}: {words}")
        would = "would be " if run.dry_run else ""
        self.stdout.write(
            f"{kind_of(run.kind).label}: {run.created:,} {would}created, {run.changed:,} {would}"
            f"changed, {run.unchanged:,} as they were; {run.rows_bad:,} bad rows left out."
        )


def _map(given: str | None, kind: Any, path: Path) -> dict[str, Any]:
    if given is None:
        if not path.is_file():
            raise MapError(f"There is no file {path}.")
        return services.guessed(kind, path)
    file = Path(given)
    return (
        mapping.load(file)
        if file.suffix == ".json"
        else mapping.fitting(kind, mapping.shipped(given))
    )


def write_report(run: ImportRun, out: TextIO) -> None:
    """A JSON object: what became of the run, and every bad row; written row by row."""
    facts = {
        "kind": run.kind, "file": run.file_name, "dry_run": run.dry_run, "status": run.status,
        "problem": run.problem, "rows_read": run.rows_read, "rows_good": run.rows_good,
        "rows_bad": run.rows_bad, "created": run.created, "changed": run.changed,
        "unchanged": run.unchanged, "warnings": run.warnings,
    }  # fmt: skip
    head = json.dumps(facts, ensure_ascii=False, indent=1).removesuffix("\n}")
    out.write(head + ',\n "bad_rows": [')
    rows = run.problems.order_by("pk").values("in_lines", "row", "column", "reason")
    for i, row in enumerate(rows.iterator(chunk_size=5000)):
        plain = {
            "file": "lines" if row["in_lines"] else "main", "row": row["row"],
            "column": row["column"], "reason": row["reason"],
        }  # fmt: skip
        out.write((",\n  " if i else "\n  ") + json.dumps(plain, ensure_ascii=False))
    out.write("\n ]\n}\n")
