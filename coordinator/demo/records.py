"""Deals and leads of the demo: territories, own fields, a half year of stages, what is stuck."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from coordinator.demo.stage import Year, contact
from crm import services
from crm.defaults import ensure_pipeline
from crm.models import CustomField, Deal, LeadStatus, LostReason, RecordView, Stage, Territory
from crm.services.moving import move_on
from people.models import User

SEED: Final = 7
DEALS: Final = 64
BACK: Final = 200  # days of history
TERRITORIES: Final = (
    ("Benelux", False),
    ("Nordics", False),
    ("British Isles", False),
    ("Key projects", True),
)
# kind, key, label, type, choices
FIELDS: Final[tuple[tuple[str, str, str, str, list[str]], ...]] = (
    ("account", "pumps_installed", "Pumps installed", "number", []),
    ("account", "contract_until", "Service contract until", "date", []),
    ("account", "segment", "Segment", "choice", ["Water", "Food", "Chemicals", "Buildings", "Marine"]),
    ("contact", "newsletter", "Gets the newsletter", "yes_no", []),
    ("lead", "budget", "Budget", "number", []),
    ("deal", "tender", "Tender", "yes_no", []),
    ("deal", "start_up", "Start-up planned", "date", []),
)  # fmt: skip
TITLES: Final = (
    "Booster sets for the new hall", "Replacement of the feed pumps", "Frame contract for spare parts",
    "Valves for the bottling line", "Pump station, second stage", "Dosing skid for the lab",
    "Retrofit with frequency drives", "Fire water pumps", "Service contract, three years",
    "Seawater pumps for the yard", "Cooling loop of the data centre", "Hygienic pumps for line 4",
)  # fmt: skip
STEPS: Final = (
    "Call about the curve", "Send the revised offer", "Visit the site with the fitter",
    "Ask for the order number", "Clear the delivery date", "Meet the plant manager",
)  # fmt: skip
RIVALS: Final = ("Flygt", "KSB", "Wilo", "Grundfos", "Sulzer")
SOURCES: Final = ("Web site", "Fair", "Referral", "Existing customer", "Cold call")
# name, company, city, country, industry, source, what became of it, next step
LEADS: Final = (
    ("Ida Lindgren", "Västkust Bryggeri", "Gothenburg", "Sweden", "Food", "Fair", "", "Send the brochure"),
    ("Tom Hendriks", "Polder Energie", "Lelystad", "Netherlands", "Water", "Web site", "", ""),
    ("Aoife Byrne", "Liffey Dairies", "Dublin", "Ireland", "Food", "Referral", "working", "Call on Thursday"),
    ("Mikkel Sand", "Sand Akvakultur", "Esbjerg", "Denmark", "Marine", "Fair", "working", ""),
    ("Chloé Martens", "Antwerp Storage", "Antwerp", "Belgium", "Chemicals", "Web site", "", "Ask for the medium"),
    ("George Pratt", "Pratt Facilities", "Hull", "United Kingdom", "Buildings", "Cold call", "dropped", ""),
    ("Sanne Vos", "Vos Kassen", "Westland", "Netherlands", "Water", "Referral", "converted", ""),
    ("Liam Walsh", "Shannon Chemicals", "Limerick", "Ireland", "Chemicals", "Fair", "working", "Visit in the new year"),
    ("Nora Holm", "Fjordvann", "Bergen", "Norway", "Water", "Web site", "", "Qualify the need"),
    ("Peter Kuijpers", "Brouwerij de Zon", "Breda", "Netherlands", "Food", "Existing customer", "dropped", ""),
    ("Emma Clarke", "Clarke Cold Stores", "Grimsby", "United Kingdom", "Food", "Web site", "", ""),
    ("Oskar Berg", "Berg Marin", "Malmö", "Sweden", "Marine", "Referral", "converted", ""),
)  # fmt: skip


@dataclass(frozen=True)
class Board:
    """What every deal of the demo goes through."""

    open: Sequence[Stage]
    won: Stage
    lost: Stage
    reasons: Sequence[LostReason]


def set_up(year: Year) -> None:
    """Settings first, then what they are for. Chance of its own, so that the rest stays as it is."""
    year = replace(year, rng=random.Random(SEED))
    _fields()
    _territories(year)
    board = _board()
    for number in range(DEALS):
        _deal(year, board, number)
    for number, lead in enumerate(LEADS):
        _lead(year, board, number, lead)
    _views(year)


def _board() -> Board:
    stages = list(ensure_pipeline().stages.order_by("position", "pk"))
    return Board(
        [s for s in stages if s.kind == Stage.Kind.OPEN],
        next(s for s in stages if s.kind == Stage.Kind.WON),
        next(s for s in stages if s.kind == Stage.Kind.LOST),
        list(LostReason.objects.order_by("position", "pk")),
    )


def _fields() -> None:
    CustomField.objects.bulk_create(
        (
            CustomField(kind=kind, key=key, label=label, type=sort, choices=choices, position=n)
            for n, (kind, key, label, sort, choices) in enumerate(FIELDS)
        ),
        ignore_conflicts=True,
    )


def _territories(year: Year) -> None:
    """By country, three key projects apart; some accounts have their own fields filled."""
    made = {name: Territory.objects.get_or_create(name=name, defaults={"is_closed": closed})[0]
            for name, closed in TERRITORIES}  # fmt: skip
    of_country = {
        "Netherlands": "Benelux", "Belgium": "Benelux", "Sweden": "Nordics", "Denmark": "Nordics",
        "Norway": "Nordics", "United Kingdom": "British Isles", "Ireland": "British Isles",
    }  # fmt: skip
    by = year.company.manager
    for number, account in enumerate(year.accounts):
        name = "Key projects" if number % 30 == 29 else of_country.get(account.country)
        own = {
            "segment": year.rng.choice(FIELDS[2][4]),
            "pumps_installed": year.rng.randint(2, 140),
        }
        if number % 3 == 0:
            own["contract_until"] = str(
                (year.now + timedelta(days=year.rng.randint(-60, 500))).date()
            )
        services.change_account(
            account, by=by, at=year.now - timedelta(days=BACK), territory=made.get(name or ""),
            custom=own if number % 2 else {},
        )  # fmt: skip


def _deal(year: Year, board: Board, number: int) -> None:
    rng = year.rng
    account = rng.choice(year.accounts)
    owner = account.owner or rng.choice(year.company.reps)
    at = year.now - timedelta(days=rng.uniform(3, BACK), hours=rng.uniform(0, 8))
    deal = services.open_deal(
        account=account, stage=board.open[0], by=owner, at=at,
        name=f"{TITLES[number % len(TITLES)]}", owner=owner, contact=contact(account),
        amount=Decimal(rng.randint(12, 960) * 100), source=rng.choice(SOURCES),
        close_on=(at + timedelta(days=rng.randint(40, 150))).date(),
        competitors=rng.sample(RIVALS, rng.choice((0, 0, 1, 2))),
        custom={"tender": rng.random() < 0.3},
    )  # fmt: skip
    _next_step(year, deal, owner, at)
    _through(year, board, deal, owner, at)


def _next_step(year: Year, deal: Deal, owner: User, at: datetime) -> None:
    """Two of three deals have one; some of these lie behind us."""
    if year.rng.random() < 0.33:
        return
    days = year.rng.randint(-6, 20)
    services.change_deal(
        deal, by=owner, at=at, next_step=year.rng.choice(STEPS),
        next_step_on=(year.now + timedelta(days=days)).date(),
    )  # fmt: skip


def _through(year: Year, board: Board, deal: Deal, owner: User, at: datetime) -> None:
    """From stage to stage, for as long as the time since suffices; then perhaps an end."""
    rng = year.rng
    for stage in board.open[1:]:
        at += timedelta(days=rng.uniform(4, 30))
        if at >= year.now or rng.random() < 0.12:
            return
        more = {} if deal.next_step else {"next_step": rng.choice(STEPS)}
        lacking = services.missing(deal, stage)
        if set(lacking) - {"next_step"}:
            return
        move_on(deal, stage, by=owner, at=at, facts=more if "next_step" in lacking else None)
        if rng.random() < 0.5:
            services.log_activity(
                kind=rng.choice(("call", "visit", "note")), account=deal.account, deal=deal,
                by=owner, at=at, text=rng.choice(STEPS), outcome="reached",
            )  # fmt: skip
    at += timedelta(days=rng.uniform(3, 20))
    if at >= year.now:
        return
    if rng.random() < 0.6:
        move_on(deal, board.won, by=owner, at=at)
    else:
        move_on(deal, board.lost, by=owner, at=at, lost_reason=rng.choice(board.reasons))


def _lead(year: Year, board: Board, number: int, lead: tuple[str, ...]) -> None:
    name, company, city, country, industry, source, became, step = lead
    owner = year.company.reps[number % len(year.company.reps)]
    at = year.now - timedelta(days=2 + number * 2)
    row = services.add_lead(
        by=owner, at=at, name=name, company=company, city=city, country=country, industry=industry,
        source=source, owner=owner if number % 4 else None, next_step=step,
        next_step_on=(year.now + timedelta(days=number - 3)).date() if step else None,
        email=f"{name.split()[0].lower()}@{company.split()[0].lower()}.example".replace("é", "e").replace("ä", "a"),
        custom={"budget": year.rng.randint(5, 80) * 1000},
    )  # fmt: skip
    later = at + timedelta(days=1)
    if became == "converted":
        services.convert(
            row, by=owner, at=later, account=None, contact=None, deal_name=f"First order of {company}",
            stage=board.open[0], amount=Decimal(18_000),
        )  # fmt: skip
    elif became == "dropped":
        services.move_lead(row, LeadStatus.DROPPED, by=owner, at=later, reason="Buys from a cousin")
    elif became:
        services.move_lead(row, LeadStatus.WORKING, by=owner, at=later)


def _views(year: Year) -> None:
    """One of the team, one of a coordinator."""
    first = year.company.coordinators[0]
    RecordView.objects.get_or_create(
        owner=first, kind="deal", name="Large and stuck",
        defaults={"query": "amount_min=20000&stale=yes", "team": first.team},
    )  # fmt: skip
    RecordView.objects.get_or_create(
        owner=first, kind="account", name="Contract ends",
        defaults={"query": "cf_contract_until=quarter&col=city&col=owner&col=cf_contract_until"},
    )  # fmt: skip
