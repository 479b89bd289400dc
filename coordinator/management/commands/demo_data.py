"""`manage.py demo_data`: the company Halden Flow and its year; does nothing where data are."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils import timezone

from coordinator.demo import (
    ahead,
    availability,
    booking,
    catalogue,
    deals,
    desk,
    documents,
    event_logs,
    exchange,
    figures,
    follow,
    improve,
    library,
    mail,
    notes,
    people,
    process,
    quality,
    records,
    reports,
    today,
    todo,
    trade,
    week,
    year,
)
from coordinator.demo.stage import Year
from crm.services.quality import FOLLOWER as QUALITY
from desk.defaults import ensure_types
from followups.services import FOLLOWER
from journal import services as journal
from kpis import tasks as kpis
from people.models import Role, User
from tasks.services.follower import FOLLOWER as PLAYBOOKS

SEED = 20261124


class Command(BaseCommand):
    help = "Fill an empty portal with the demo company."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if User.objects.filter(email=people.SIGN_INS[0].email).exists():
            self.stdout.write("The demo company is there already.")
            return
        if User.objects.exists():
            self.stdout.write(
                "There are people here: the demo company is only for an empty portal."
            )
            return
        now = timezone.now()
        count = self.fill(now)
        kpis.roll_up()
        manager = User.objects.in_role(Role.MANAGER).order_by("pk")[0]
        figures.judge(manager, now)
        process.set_up(now)
        reports.set_up(now)
        ahead.export(manager, now)
        self.stdout.write(f"{count} requests of the demo company are in.")

    @transaction.atomic
    def fill(self, now: datetime) -> int:
        rng = random.Random(SEED)  # noqa: S311 - made-up data, the same each time
        first = datetime(now.year - 1, now.month, 1, 8, tzinfo=UTC)
        company = people.make(now.date())
        products = catalogue.make_products(rng, first)
        accounts = catalogue.make_accounts(rng, company.reps, first)
        types = ensure_types(company.desk)
        cast = Year(rng, company, accounts, products, types, now)
        trade.prices(cast)
        lived = year.live(cast, (now - timedelta(days=300)).date())
        _look_at_sizes()
        trade.rules(cast, (now - timedelta(days=2)).date())
        trade.deals(cast)
        count = lived + today.open_work(cast)
        desk.set_up(cast)
        mail.set_up(cast)
        todo.set_up(cast)
        documents.set_up(cast)
        notes.set_up(cast)
        exchange.set_up(cast)
        event_logs.set_up(cast)
        availability.set_up(cast)
        booking.set_up(cast)
        week.set_up(cast)
        deals.set_up(cast)
        records.set_up(cast)
        library.set_up(cast)  # after the deals that its material helped to win
        quality.set_up(cast)
        # Nobody wants a year of reminders: follow-ups begin with the last weeks.
        follow.set_up(cast)
        ahead.set_up(cast)
        _look_at_sizes()
        improve.set_up(cast)
        journal.skip_to_end(FOLLOWER)
        journal.skip_to_end(PLAYBOOKS)
        journal.skip_to_end(QUALITY)
        return count


def _look_at_sizes() -> None:
    """Tables that were empty a minute ago: within a transaction nobody else tells the planner."""
    with connection.cursor() as sql:
        sql.execute("ANALYZE")
