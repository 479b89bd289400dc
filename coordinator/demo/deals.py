"""The pipeline of the demo: a year of deals and leads, calls about them, and who gets the week."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final

from coordinator.demo.stage import Year, contact
from crm import services as crm
from crm.defaults import ensure_pipeline
from crm.models import Account, Deal, LeadStatus, LostReason, Stage, Territory
from meetings.models import Meeting
from orders.models import Order, QuoteFamily
from tracking import services as tracking
from tracking.models import Schedule

DAY: Final = timedelta(days=1)
MANY: Final = 90
WHAT: Final = (
    "Booster set for the new hall", "Replacement of three process pumps", "Valves for the tank farm",
    "Pump skid, phase two", "Frame contract for spare seals", "Dosing unit for the laboratory",
    "Cooling circuit, line 4", "Pumps for the washing plant", "Fire water station", "Hygienic valves, dairy line",
    "Energy upgrade of the main pumps", "Service contract, three years",
)  # fmt: skip
STEPS: Final = (
    "Call about the duty point", "Send the quote", "Visit the site", "Ask for the drawing", "Agree the delivery",
    "Answer the purchasing questions", "Talk to the plant manager",
)  # fmt: skip
SAID: Final = (
    "They compare us with two others; delivery before spring counts most.",
    "The plant manager wants stainless, purchasing wants cast iron. Both on the next call.",
    "Budget is there, the signature comes from the head office.", "Asked for references from food and dairy.",
    "Wants to see the curve at 42 metres before deciding.", "Left a message, calls back on Thursday.",
)  # fmt: skip
COMPETITORS: Final = ("Norling Pumps", "Adriatic Flow", "Kestrel Valves")
SOURCES: Final = ("Existing customer", "Website", "Trade fair", "Recommended", "Call")
LEADS: Final = (
    ("Greta Holm", "Holm Mejeri", "Odense", "Dairy"), ("Pavel Novak", "Vodarna Brno", "Brno", "Water"),
    ("Aine Doyle", "Doyle Distillers", "Cork", "Beverages"), ("Jean Petit", "Papeterie du Rhin", "Colmar", "Paper"),
    ("Marek Zielinski", "Chem-Pol", "Gdynia", "Chemicals"), ("Olga Berger", "Berger Kühltechnik", "Linz", "Cooling"),
    ("Tom Hartley", "Hartley Farms", "York", "Irrigation"), ("Sara Lind", "Lind Marin", "Gothenburg", "Marine"),
    ("Piet de Boer", "De Boer Kassen", "Westland", "Irrigation"), ("Nuno Alves", "Conservas do Norte", "Porto", "Food"),
)  # fmt: skip


def set_up(year: Year) -> None:
    ensure_pipeline()
    _territories(year)
    stages = {stage.name: stage for stage in Stage.objects.all()}
    reasons = list(LostReason.objects.order_by("position"))
    for n in range(MANY):
        _deal(year, stages, reasons, n)
    _leads(year, stages)
    _summaries(year)


def _territories(year: Year) -> None:
    places = {
        "Benelux": ("Netherlands", "Belgium"), "UK and Ireland": ("United Kingdom", "Ireland"),
        "Nordics": ("Denmark", "Sweden", "Norway", "Finland"),
    }  # fmt: skip
    for name, countries in places.items():
        row = Territory.objects.create(name=name)
        if name.startswith("UK"):
            row.teams.add(year.company.uk)
        Account.objects.filter(country__in=countries).update(territory=row)


def _deal(year: Year, stages: dict[str, Stage], reasons: list[LostReason], n: int) -> None:
    """One deal from its first day to where it stands now."""
    rng, account = year.rng, year.accounts[n * 7 % len(year.accounts)]
    by = account.owner or year.company.reps[0]
    at = year.now - rng.uniform(2, 300) * DAY
    deal = crm.open_deal(
        account=account, stage=stages["Prospecting"], by=by, at=at, owner=by, contact=contact(account),
        name=f"{WHAT[n % len(WHAT)]}", amount=Decimal(rng.choice((3_800, 7_200, 14_500, 26_000, 48_000, 91_000))),
        close_on=(at + rng.uniform(30, 140) * DAY).date(), source=rng.choice(SOURCES),
        competitors=rng.sample(COMPETITORS, rng.choice((0, 1, 1, 2))),
        next_step=rng.choice((*STEPS, "")), next_step_on=(at + rng.uniform(5, 30) * DAY).date(),
    )  # fmt: skip
    at = _walk(year, deal, stages, reasons, at)
    _talk(year, deal, at)
    if deal.status == Stage.Kind.OPEN and at > year.now - 60 * DAY:
        ahead = year.now + rng.uniform(1, 70) * DAY
        step = rng.choice(STEPS) if rng.random() < 0.7 else ""
        due = (year.now + rng.uniform(-4, 12) * DAY).date() if step else None
        crm.change_deal(deal, by=by, at=at, close_on=ahead.date(), next_step=step, next_step_on=due)
    _belongings(year, deal, at)


def _walk(
    year: Year, deal: Deal, stages: dict[str, Stage], reasons: list[LostReason], at: datetime
) -> datetime:
    """Forward, sometimes back; a good third is lost on the way."""
    rng, by = year.rng, deal.owner or year.company.reps[0]
    for name in ("Qualified", "Proposal", "Negotiation", "Won"):
        if name == "Negotiation" and not deal.next_step:
            crm.change_deal(deal, by=by, at=at, next_step=STEPS[4])
        at += rng.uniform(4, 28) * DAY
        if at > year.now:
            return at - 4 * DAY if at - 4 * DAY < year.now else year.now - DAY
        if rng.random() < 0.24:
            crm.move_deal(
                deal, stages["Lost"], by=by, at=at, lost_reason=rng.choice(reasons),
                lost_note=rng.choice(("", "", "Told on the phone.")),
            )  # fmt: skip
            return at
        crm.move_deal(deal, stages[name], by=by, at=at)
    return at


def _talk(year: Year, deal: Deal, until: datetime) -> None:
    rng, by = year.rng, deal.owner or year.company.reps[0]
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        at = deal.opened_at + rng.random() * (min(until, year.now) - deal.opened_at)
        kind = rng.choices(("call", "visit", "note", "mail"), weights=(6, 1, 2, 1))[0]
        crm.log_activity(
            kind=kind, account=deal.account, deal=deal, contact=deal.contact, by=by, at=year.now, happened_at=at,
            text=rng.choice(SAID), outcome="reached" if kind == "call" else "",
            minutes=rng.choice((4, 8, 15, 25)) if kind == "call" else None,
        )  # fmt: skip


def _belongings(year: Year, deal: Deal, at: datetime) -> None:
    """A quote, an order, a meeting of the same account, where there is one."""
    by = deal.owner or year.company.reps[0]
    for model, chance in ((QuoteFamily, 0.5), (Order, 0.4), (Meeting, 0.3)):
        if year.rng.random() < chance:
            rows = model.objects.filter(account=deal.account).order_by("-pk")
            row = rows[deal.pk % 3 : deal.pk % 3 + 1].first()
            if row is not None:
                crm.link(deal, row, by=by, at=at)


def _leads(year: Year, stages: dict[str, Stage]) -> None:
    rng = year.rng
    for n, (name, company, city, industry) in enumerate(LEADS):
        at = year.now - rng.uniform(0.2, 40) * DAY
        by = year.company.reps[n % len(year.company.reps)]
        lead = crm.add_lead(
            by=by, at=at, name=name, company=company, city=city, industry=industry, owner=by,
            email=f"{name.split()[0].lower()}@{company.split()[0].lower()}.test".replace("ü", "ue"),
            source=rng.choice(SOURCES), next_step=rng.choice(("Call back", "Send the catalogue", "")),
            about="Asked for a pump on the website: 12 cubic metres an hour, 40 metres up.",
        )  # fmt: skip
        later = min(at + 2 * DAY, year.now)
        if n % 5 == 1:
            crm.move_lead(lead, LeadStatus.DROPPED, by=by, at=later, reason="Wants a single seal")
        elif n % 5 in {2, 4}:
            crm.move_lead(lead, LeadStatus.WORKING, by=by, at=later)
        elif n % 5 == 3:
            crm.convert(lead, by=by, at=later, account=None, contact=None, deal_name=f"First order of {company}",
                        stage=stages["Prospecting"], amount=Decimal(5_400))  # fmt: skip


def _summaries(year: Year) -> None:
    manager = year.company.manager
    for name, audience, readers in (
        ("The week of the desk", Schedule.Audience.TEAM, [*year.company.coordinators, manager]),
        ("Pipeline for leadership", Schedule.Audience.LEADERSHIP, [manager]),
    ):
        row = Schedule(name=name, audience=audience, weekday=0, hour=time(7, 30))
        tracking.keep_schedule(row, recipients=readers, by=manager, at=year.now)
