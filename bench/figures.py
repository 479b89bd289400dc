"""What is measured, against what, and the floors of the issues."""

import http.client
import json
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.management import call_command
from django.db import connection

from bench import load
from bench.fill import fill
from crm.models import Account
from desk.defaults import ensure_types
from desk.models import SalesRequest
from orders.models import Price, PriceList, Product, StockItem, Warehouse
from people import roles, services
from people.models import Role, Team, User, WorkingCalendar

BACKEND = "people.accounts.OneQueryBackend"
PLENTY = 10_000_000


class Figure(TypedDict):
    name: str
    rows: int
    value: float
    unit: str
    limit: float | None
    ratio: float | None
    floor: str
    ok: bool


@dataclass
class Stage:
    """The people, products and doors of a run."""

    port: int
    rep: User
    coordinator: User
    team: Team
    account: Account
    skus: list[str]
    cookie: dict[str, str]
    token: dict[str, str]

    def wait(self) -> None:
        """Until the server answers."""
        for _ in range(100):
            try:
                link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                link.request("GET", "/readyz")
                if link.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError("The server did not start.")

    def page(self, path: str, **extra: str) -> Callable[[int, int], load.Ask]:
        return lambda _client, _turn: ("GET", path, None, {**self.cookie, **extra})

    def post(self, path: str, body: dict[str, Any]) -> Callable[[int, int], load.Ask]:
        text = json.dumps(body)

        def ask(_client: int, _turn: int) -> load.Ask:
            headers = {**self.token, "Content-Type": "application/json"}
            return "POST", path, text, {**headers, "Idempotency-Key": uuid.uuid4().hex}

        return ask

    def run(self, ask: Callable[[int, int], load.Ask], expect: int, **how: Any) -> load.Result:
        result = load.run(self.port, ask, **how)
        if set(result.statuses) != {expect}:
            raise RuntimeError(f"{ask(0, 0)[:2]} answered {result.statuses}, not {expect}.")
        return result

    def measure(self, rows: int) -> Iterator[Figure]:
        """All figures with `rows` requests in the database."""
        fill(
            rows,
            account_id=self.account.pk,
            rep=self.rep,
            coordinator=self.coordinator,
            team=self.team,
        )
        call_command("rebuild_kpis", verbosity=0)
        yield from self._pages(rows)
        yield from self._writes(rows)

    def _pages(self, rows: int) -> Iterator[Figure]:
        bare = self.run(self.page("/bench/queue/"), 200)
        queue = self.run(self.page("/queue/"), 200)
        yield figure("queue page", rows, queue.rate, "/s", bare.rate, floor=0.8)
        yield figure("queue page, p50", rows, queue.p50, "ms", bare.p50)
        poll = self.run(self.page("/queue/changes/", **{"If-None-Match": self._etag()}), 304)
        yield figure(
            "unchanged poll, times the page's rate", rows, poll.rate, "/s", queue.rate, floor=5
        )
        request = SalesRequest.objects.open().order_by("-pk")[0]
        one = self.run(self.page(f"/requests/{request.pk}/"), 200)
        yield figure("open a request", rows, one.rate, "/s", bare.rate)
        kpi = self.run(self.page("/kpis/turnaround/"), 200, clients=1)
        yield figure("KPI page, server time", rows, kpi.p50, "ms", most=50)

    def _writes(self, rows: int) -> Iterator[Figure]:
        nothing = self.run(self.page("/bench/nothing/"), 200)
        body = {"type": "question", "subject": "Which flange?", "account": self.account.pk,
                "data": {"question": "PN16 or PN25?"}}  # fmt: skip
        submit = self.run(self.post("/api/requests/", body), 201)
        yield figure("submit a request", rows, submit.rate, "/s", nothing.rate)
        claim = self.run(self.post("/api/requests/take-next/", {}), 200, seconds=2)
        yield figure("claim the next request", rows, claim.rate, "/s", nothing.rate)
        order = {
            "account": self.account.pk,
            "lines": [{"sku": sku, "quantity": "1"} for sku in self.skus[:5]],
            "check": True,
            "confirm": True,
        }
        journey = self.run(self.post("/api/orders/", order), 201)
        yield figure(
            "order of 5 lines, checked, confirmed",
            rows,
            journey.rate,
            "/s",
            nothing.rate,
            least=120,
        )

    def _etag(self) -> str:
        link = http.client.HTTPConnection("127.0.0.1", self.port)
        link.request("GET", "/queue/changes/", headers=self.cookie)
        reply = link.getresponse()
        reply.read()
        return reply.headers["ETag"]


def figure(
    name: str, rows: int, value: float, unit: str, limit: float | None = None, *,
    floor: float | None = None, least: float | None = None, most: float | None = None,
) -> Figure:  # fmt: skip
    """A row of the table: `floor` bounds the ratio to the limit, `least` and `most` the value."""
    ratio = None if limit is None else value / limit
    words = [
        f"ratio >= {floor}" if floor else "",
        f">= {least}" if least else "",
        f"<= {most}" if most else "",
    ]
    ok = not (
        (floor is not None and ratio is not None and ratio < floor)
        or (least is not None and value < least)
        or (most is not None and value > most)
    )
    return {
        "name": name, "rows": rows, "value": round(value, 2), "unit": unit,
        "limit": None if limit is None else round(limit, 2),
        "ratio": None if ratio is None else round(ratio, 3),
        "floor": " ".join(word for word in words if word), "ok": ok,
    }  # fmt: skip


def growth(rows: list[Figure]) -> list[Figure]:
    """How much slower the queue page is with the most rows than with the fewest."""
    pages = sorted((r for r in rows if r["name"] == "queue page, p50"), key=lambda r: r["rows"])
    if len(pages) < 2:
        return []
    few, many = pages[0], pages[-1]
    ratio = many["value"] / few["value"]
    grown = figure(
        "queue page p50, against the smallest", many["rows"], many["value"], "ms", few["value"]
    )
    return [{**grown, "floor": "ratio <= 1.2", "ok": ratio <= 1.2}]


def prepare(port: int) -> Stage:
    """Migrate, and make the people and products that all sizes share."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    roles.sync()
    calendar, _ = WorkingCalendar.objects.get_or_create(name="Bench")
    team, _ = Team.objects.get_or_create(name="Bench desk", defaults={"calendar": calendar})
    ensure_types(team)
    rep, coordinator = _person("rep", Role.REP, team), _person("coordinator", Role.ADMIN, team)
    now = datetime.now(UTC)
    account, _ = Account.objects.get_or_create(
        name="Bench Water",
        defaults={
            "created_at": now,
            "street": "Pump Lane 1",
            "postcode": "1",
            "city": "Leeds",
            "country": "UK",
        },
    )
    token = services.make_token(coordinator, name="bench", by=coordinator, at=now)
    return Stage(
        port, rep, coordinator, team, account, _products(),
        {"Cookie": f"portal_session={_session(coordinator)}"}, {"Authorization": f"Bearer {token}"},
    )  # fmt: skip


def _person(name: str, role: Role, team: Team) -> User:
    user, _ = User.objects.get_or_create(
        email=f"{name}@bench.example", defaults={"name": name, "team": team}
    )
    user.groups.set([Group.objects.get(name=role.value)])
    return user


def _products() -> list[str]:
    prices, _ = PriceList.objects.get_or_create(
        currency="EUR", is_default=True, defaults={"name": "Bench"}
    )
    warehouse, _ = Warehouse.objects.get_or_create(code="BENCH", defaults={"name": "Bench"})
    skus = [f"BENCH-{n}" for n in range(10)]
    for sku in skus:
        product, made = Product.objects.get_or_create(sku=sku, defaults={"name": f"Pump {sku}"})
        if made:
            Price.objects.create(
                price_list=prices,
                product=product,
                amount=Decimal("99.50"),
                valid_from=date(2020, 1, 1),
            )
            StockItem.objects.create(product=product, warehouse=warehouse, on_hand=PLENTY)
    with connection.cursor() as sql:
        sql.execute("UPDATE orders_stockitem SET on_hand = reserved + %s", [PLENTY])
    return skus


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
