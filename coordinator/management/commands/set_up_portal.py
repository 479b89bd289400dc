"""`manage.py set_up_portal`: what an empty portal needs before the first request."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from crm.defaults import ensure_pipeline
from desk.defaults import ensure_answers, ensure_types
from followups import services as followups
from kit.zones import check_zone
from notices.defaults import ensure_rules
from people import roles, services
from people.models import Department, Party, Role, Team, WorkingCalendar
from reports import services as reports
from tasks.defaults import ensure_playbooks

DEPARTMENTS = (
    ("logistics", "Logistics", Party.LOGISTICS),
    ("finance", "Finance", Party.FINANCE),
    ("operations", "Operations", Party.DEPARTMENT),
    ("marketing", "Marketing", Party.DEPARTMENT),
)


class Command(BaseCommand):
    help = "Make a desk, its calendar, the departments, the request types and an administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--zone", default="Europe/Amsterdam", help="where the desk works")
        parser.add_argument("--desk", default="Sales desk", help="what the desk is called")
        parser.add_argument("--admin", metavar="EMAIL", help="an administrator to begin with")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            check_zone(options["zone"])
            if options["admin"]:
                validate_email(options["admin"])
        except ValidationError as wrong:
            raise CommandError(" ".join(wrong.messages)) from wrong
        roles.sync()
        team = self._desk(options["desk"], options["zone"])
        ensure_types(team)
        ensure_answers()
        ensure_pipeline()
        ensure_playbooks(at=timezone.now())
        followups.ship(at=timezone.now())
        ensure_rules()
        reports.ship(at=timezone.now(), zone=options["zone"])
        if options["admin"]:
            self._admin(options["admin"], team)
        self.stdout.write(f"The desk “{team}” is ready. People are added on the page People.")

    def _desk(self, name: str, zone: str) -> Team:
        team = Team.objects.order_by("pk").first()
        if team is None:
            calendar = WorkingCalendar.objects.create(name=f"{name}, office hours", zone=zone)
            team = Team.objects.create(name=name, calendar=calendar)
        for slug, label, party in DEPARTMENTS:
            Department.objects.get_or_create(
                slug=slug, defaults={"name": label, "party": party, "calendar": team.calendar}
            )
        return team

    def _admin(self, email: str, team: Team) -> None:
        try:
            services.add_person(
                email=email, name=email.split("@", maxsplit=1)[0], in_roles=[Role.ADMIN], by=None,
                at=timezone.now(), team=team,
            )  # fmt: skip
        except services.AddressTaken as known:
            raise CommandError(str(known)) from known
        self.stdout.write(
            f"{email} may sign in after setting a password: “Forgot your password?” on the sign-in "
            f"page, or manage.py changepassword {email}."
        )
