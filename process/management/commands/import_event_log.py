"""`manage.py import_event_log FILE`: the page for event logs, for scripts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from people.models import User, WorkingCalendar
from process.importing import services
from process.importing.guess import ROLES
from process.importing.mapping import DATE_ORDERS, MOMENTS
from process.importing.models import LogImport
from process.importing.refusals import LogRefused
from process.services.store import NameTaken

SHOWN = 20


class Command(BaseCommand):
    help = "Import an event log from XES, CSV or a spreadsheet. What is left out is guessed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        for role in ROLES:
            parser.add_argument(f"--{role}", metavar="COLUMN", help=f"the column of the {role}")
        parser.add_argument("--zone", help="whose clock times without an offset are on")
        parser.add_argument("--date-order", choices=[o for o in DATE_ORDERS if o])
        parser.add_argument("--moments", choices=list(MOMENTS))
        parser.add_argument("--name", help="of the log; made from the file's if left out")
        parser.add_argument("--calendar", help="by its name, for business time")
        parser.add_argument("--dry-run", action="store_true", help="check the file, import nothing")
        parser.add_argument(
            "--good-rows", action="store_true", help="take the good rows and report the others"
        )
        parser.add_argument("--by", metavar="EMAIL", help="who imports; nobody if left out")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        raw = {
            role: options[role]
            for role in (*ROLES, "zone", "date_order", "moments")
            if options[role]
        }
        try:
            run = services.import_file(
                options["file"], raw, name=options["name"] or "", by=_person(options["by"]),
                calendar=_calendar(options["calendar"]), check_only=options["dry_run"],
                good_rows_only=options["good_rows"], at=timezone.now(),
                told=self._progress if options["verbosity"] > 1 else None,
            )  # fmt: skip
        except (LogRefused, NameTaken) as refusal:
            raise CommandError(str(refusal)) from refusal
        self._tell(run)

    def _progress(self, run: LogImport) -> None:
        self.stderr.write(f"{run.rows_read:,} rows read")

    def _tell(self, run: LogImport) -> None:
        for found in run.problems.order_by("pk")[:SHOWN]:
            where = f", {found.column}" if found.column else ""
            self.stderr.write(f"row {found.row}{where}: {found.reason}")
        if run.rows_bad > SHOWN:
            self.stderr.write(f"… and {run.rows_bad - SHOWN:,} more bad rows.")
        columns = ", ".join(f"{k} from “{v}”" for k, v in run.mapping.items() if k in ROLES and v)
        self.stdout.write(f"Read {columns}.")
        if run.status == LogImport.Status.REFUSED:
            raise CommandError(run.problem)
        would = "would have" if run.status == LogImport.Status.CHECKED else "has"
        took = (run.finished_at - run.created_at) if run.finished_at else timedelta()
        self.stdout.write(
            f"“{run.name}” {would} {run.cases:,} cases with {run.events:,} events of "
            f"{run.activities:,} activities; {run.rows_bad:,} bad rows, {run.rows_left_out:,} left "
            f"out; {took.total_seconds():.1f} s."
        )


def _person(address: str | None) -> User | None:
    if not address:
        return None
    found = User.objects.active().filter(email__iexact=address).first()
    if found is None:
        raise CommandError(f"Nobody active has the address {address}.")
    return found


def _calendar(name: str | None) -> WorkingCalendar | None:
    if not name:
        return None
    found = WorkingCalendar.objects.filter(name__iexact=name).first()
    if found is None:
        known = ", ".join(WorkingCalendar.objects.order_by("name").values_list("name", flat=True))
        raise CommandError(f"There is no calendar “{name}”. There are: {known or 'none'}.")
    return found
