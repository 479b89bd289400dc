"""The demo's library: material in versions, read and tagged, shared with customers who looked at it."""

import io
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import docx
import openpyxl
import pptx
from django.db.models import Q
from reportlab.lib.colors import HexColor
from reportlab.pdfgen import canvas

from comms import services as comms
from comms.models import Versioned
from coordinator.demo.stage import Year, contact
from crm.models import Account, Contact, Deal
from journal import services as journal
from library import services
from library.models import Favourite, Material, Share
from library.queries.templates import sources
from people.models import User

A_DAY: Final = timedelta(days=1)
A_WHILE: Final = timedelta(minutes=40)
BROWSER: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"
)
WIDE: Final = (842, 474)
TALL: Final = (595, 842)
BLUE, INK, GREY = HexColor("#0b6e75"), HexColor("#181b21"), HexColor("#6b7280")


@dataclass(frozen=True)
class Piece:
    """One material; `pages` are (heading, lines). `review` and `until` are days from now."""

    title: str
    kind: str
    file: str
    about: str
    pages: tuple[tuple[str, tuple[str, ...]], ...]
    industry: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    language: str = "English"
    review: int | None = None
    until: int | None = None
    products: int = 0
    before: str = field(default="")  # what the first version said; empty for only one version


PIECES: Final = (
    Piece("Pumps for water works", "deck", "pumps-for-water-works.pdf", "For towns that renew their works: reliability first, price second.",
          (("Pumps for water works", ("Clean water for 40 towns since 1987", "Halden Flow, Rotterdam")),
           ("What stops a works", ("Seals that leak, bearings that run hot, spare parts that come late", "We keep all three in stock in Rotterdam")),
           ("Twelve years at Duinwater", ("Four VM 45 pumps, 61,000 hours, two planned stops",)),
           ("What it costs", ("Energy is 85 percent of the cost of a pump over its life", "The payback of a new impeller is 14 months on average")),
           ("Next steps", ("A survey of your works takes one day", "You have our offer a week later"))),
          ("Water utility",), ("Prospecting", "Qualified"), review=40, products=3, before="Clean water for 30 towns"),
    Piece("Case study: Brenner Dairies", "case", "case-brenner-dairies.pdf", "Hygienic pumps in a dairy; the numbers are released by the customer.",
          (("Brenner Dairies saves 18 percent", ("Twelve hygienic pumps, cleaned in place, no stop for service in a year",)),
           ("Before and after", ("Cleaning took 4 hours, now 70 minutes", "1,240 MWh a year, now 1,017"))),
          ("Food",), ("Qualified", "Proposal"), ("hygienic", "reference"), review=120, products=2),
    Piece("Case study: chemical transfer", "case", "case-chemical-transfer.pdf", "Magnetic drives where nothing may leak.",
          (("Nothing leaks at Nordchem", ("Sealless pumps for acids, five years without an incident",)),
           ("How it is built", ("Magnetic drive, silicon carbide bearings, ETFE lining",))),
          ("Chemicals",), ("Proposal", "Negotiation"), ("reference",), review=-3, products=1),
    Piece("Price sheet 2026, vertical multistage", "prices", "prices-2026-vertical.xlsx", "List prices in euro, without discount. Do not send without a quote.",
          (("Vertical multistage", ("VM 1", "VM 2", "VM 3")),), (), ("Proposal",), ("prices",), until=12, products=6, before="Prices of autumn"),
    Piece("Price sheet 2025", "prices", "prices-2025.pdf", "Kept for quotes of last year.",
          (("List prices 2025", ("Valid until the end of the year",)),), (), ("Proposal",), ("prices",), until=-20),
    Piece("General terms of delivery", "contract", "terms-of-delivery.docx", "Goes with every first order.",
          (("Terms of delivery", ("We deliver ex works Rotterdam, Incoterms 2020.", "Delivery times count from the day on which all questions are answered.",
                                  "The warranty is 24 months from delivery, 18 from first use.")),), (), ("Negotiation",), ("terms", "legal"), review=200),
    Piece("Service agreement, draft", "contract", "service-agreement.docx", "For customers with more than ten pumps.",
          (("Service agreement", ("Two visits a year, a fitter within 24 hours, spare parts at 15 percent off.",)),),
          ("Water utility", "Food"), ("Negotiation",), ("service",), review=9),
    Piece("Seal guide", "other", "seal-guide.pdf", "Which mechanical seal for which medium; the fitters like it.",
          (("Choosing a seal", ("Clean water: carbon against ceramic", "Abrasives: silicon carbide against silicon carbide", "Hot water above 120 degrees: ask us")),
           ("When a seal fails", ("Dry running, cavitation and misalignment are nine of ten causes",))),
          (), (), ("seals", "service", "cavitation"), products=4),
    Piece("Company presentation", "deck", "company-presentation.pptx", "The short one, for a first meeting.",
          (("Halden Flow", ("Pumps and valves since 1987",)), ("What we stand for", ("An answer the same day",)), ("Where we are", ("Rotterdam, Leeds, Aarhus",))),
          (), ("Prospecting",), ("first meeting",), review=75),
    Piece("Bedrijfspresentatie", "deck", "bedrijfspresentatie.pdf", "De korte, voor een eerste gesprek.",
          (("Halden Flow", ("Pompen en kleppen sinds 1987",)), ("Waar wij voor staan", ("Antwoord op dezelfde dag",))),
          (), ("Prospecting",), ("eerste gesprek",), language="Dutch"),
    Piece("Offer letter", "template", "offer-letter.docx", "Goes above a quote; fill in what stands in brackets.",
          (("Our offer", ("Dear [name],", "thank you for your time on [day]. Please find our offer enclosed.", "It holds until [date].")),),
          (), ("Proposal",), ("letter",)),
    Piece("Energy check, how to", "other", "energy-check.txt", "What to ask for before an energy check.",
          (("Energy check", ("Ask for the hours a year, the duty point and the price of a kilowatt hour.", "Without the pump curve we need a photo of the type plate.")),),
          ("Water utility", "Chemicals"), ("Qualified",), ("energy",)),
)  # fmt: skip


def set_up(year: Year) -> None:
    """Material in every kind and state, read; shares old and new; templates that are used."""
    rows = [_add(year, piece, n) for n, piece in enumerate(PIECES)]
    while services.read_next(at=year.now) is not None:
        pass
    services.archive(rows[4], by=year.company.manager, at=year.now - 5 * A_DAY)
    _favourites(year, rows)
    _shares(year, rows)
    _templates(year)
    services.remind(at=year.now)
    journal.skip_to_end(services.FOLLOWER)


def _add(year: Year, piece: Piece, n: int) -> Material:
    people = year.company.coordinators
    owner, at = people[n % len(people)], year.now - timedelta(days=150 - 9 * n)
    skus = [product.sku for product in year.products[n : n + piece.products]]
    first = tuple((piece.before or head, lines) for head, lines in piece.pages[:1])
    row = services.add(
        title=piece.title, kind=piece.kind, owner=owner, description=piece.about, by=owner, at=at,
        file=io.BytesIO(_file(piece, first + piece.pages[1:])), name=piece.file,
        review_on=_day(year.now, piece.review), expires_on=_day(year.now, piece.until),
        tags={"industry": piece.industry, "stage": piece.stage, "product": skus,
              "language": [piece.language], "free": piece.free},
    )  # fmt: skip
    if piece.before:
        services.add_version(
            row, file=io.BytesIO(_file(piece, piece.pages)), name=piece.file, by=owner,
            note="New figures", at=year.now - timedelta(days=20 - n),
        )  # fmt: skip
    Material.objects.filter(pk=row.pk).update(opened=year.rng.randint(3, 60))
    return row


def _day(now: datetime, days: int | None) -> date | None:
    return None if days is None else (now + days * A_DAY).date()


Pages = tuple[tuple[str, tuple[str, ...]], ...]


def _file(piece: Piece, pages: Pages) -> bytes:
    make = {"pdf": _pdf, "docx": _docx, "pptx": _pptx, "xlsx": _xlsx, "txt": _txt}
    return make[piece.file.rpartition(".")[2]](piece, pages)


def _pdf(piece: Piece, pages: Pages) -> bytes:
    kept = io.BytesIO()
    wide, high = WIDE if piece.kind == "deck" else TALL
    sheet = canvas.Canvas(kept, pagesize=(wide, high))
    sheet.setTitle(piece.title)
    for number, (heading, lines) in enumerate(pages, start=1):
        sheet.setFillColor(BLUE)
        sheet.rect(0, high - 26, wide, 26, stroke=0, fill=1)
        sheet.setFont("Helvetica-Bold", 28 if piece.kind == "deck" else 22)
        sheet.setFillColor(INK)
        sheet.drawString(48, high - 110, heading)
        sheet.setFont("Helvetica", 15)
        for n, line in enumerate(lines):
            sheet.drawString(48, high - 160 - 30 * n, line[:96])
        sheet.setFillColor(GREY)
        sheet.setFont("Helvetica", 9)
        sheet.drawString(48, 28, f"Halden Flow · {piece.title}")
        sheet.drawRightString(wide - 48, 28, str(number))
        sheet.showPage()
    sheet.save()
    return kept.getvalue()


def _docx(piece: Piece, pages: Pages) -> bytes:
    document = docx.Document()
    for heading, lines in pages:
        document.add_heading(heading, 1)
        for line in lines:
            document.add_paragraph(line)
    return _saved(document)


def _pptx(piece: Piece, pages: Pages) -> bytes:
    show = pptx.Presentation()
    for heading, lines in pages:
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = heading
        slide.placeholders[1].text = "\n".join(lines)
    return _saved(show)


def _xlsx(piece: Piece, pages: Pages) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Prices", 0)
    for heading, lines in pages:
        sheet.append([heading, "EUR"])
        for n, line in enumerate(lines):
            sheet.append([line, 1180 + 240 * n])
    return _saved(book)


def _txt(piece: Piece, pages: Pages) -> bytes:
    return "\n\n".join("\n".join((head, *lines)) for head, lines in pages).encode()


def _saved(document: object) -> bytes:
    kept = io.BytesIO()
    document.save(kept)  # type: ignore[attr-defined]
    return kept.getvalue()


def _favourites(year: Year, rows: list[Material]) -> None:
    people = [*year.company.coordinators, *year.company.reps[:3]]
    Favourite.objects.bulk_create(
        Favourite(user=user, material=row, at=year.now - A_DAY)
        for user in people for row in year.rng.sample(rows, 3) if row.pk != rows[4].pk
    )  # fmt: skip


# which pieces, days ago, days it works, what the guest may, then: visits
SHARES: Final[tuple[tuple[tuple[int, ...], int, int, dict[str, bool], int], ...]] = (
    ((0, 1), 24, 60, {"download": True}, 3), ((0,), 9, 30, {"watermark": True}, 2),
    ((1, 7), 6, 30, {"gate": True, "domain": True}, 1), ((2,), 3, 14, {"download": False}, 1),
    ((5, 6, 10), 2, 30, {}, 0), ((8,), 45, 30, {}, 2), ((7,), 12, 30, {"watermark": True, "download": False}, 4),
    ((0, 11), 1, 30, {"gate": True}, 0),
)  # fmt: skip


def _shares(year: Year, rows: list[Material]) -> None:
    """Shares with accounts that have somebody to write to; a deal's first, where there are deals."""
    fit = [one for one in year.accounts if (who := contact(one)) is not None and who.email]
    made = [_share(year, rows, n, fit[n % len(fit)]) for n in range(len(SHARES) if fit else 0)]
    if made:
        services.revoke(made[6], by=made[6].made_by, at=year.now - A_DAY)
    _won(year, rows)


def _share(year: Year, rows: list[Material], n: int, account: Account) -> Share:
    pieces, ago, lasts, rights, visits = SHARES[n]
    at, by = year.now - ago * A_DAY, account.owner or year.company.reps[0]
    deal = Deal.objects.open().filter(account=account).order_by("-pk").first()
    row = services.share(
        [rows[i] for i in pieces], contact=contact(account), subject=deal or account, by=by, at=at,
        rules=services.Rules(at + lasts * A_DAY, **rights), mail=n % 2 == 0,
        title="Everything we spoke about" if len(pieces) > 1 else "", words="As we said on the phone. Pages 2 and 3 matter most.",
    )  # fmt: skip
    for visit in range(visits):
        _visit(year, row, at + (visit + 1) * A_WHILE * 9, took=visit == 1)
    return row


def _visit(year: Year, row: Share, at: datetime, *, took: bool) -> None:
    if at + A_WHILE > year.now:
        return
    visit = services.begin(row, agent=BROWSER, email=row.email if row.gate else "", at=at)
    for item in row.items.select_related("material__current").order_by("position"):
        version = item.material.current
        for page in range(1, year.rng.randint(2, 6)):
            services.look(visit, version, page=page, at=at)
            for _ in range(year.rng.randint(1, 3)):
                seconds = year.rng.randint(8, 58)
                services.stay(visit, version, page=page, seconds=seconds, at=at + A_WHILE / 2)
        if took and row.download:
            services.took(visit, version, at=at)


def _won(year: Year, rows: list[Material]) -> None:
    """What was shared about deals that were won, while they were open."""
    deals = Deal.objects.filter(status="won").select_related("account").order_by("-closed_at", "pk")
    for deal in deals[:12]:
        by = deal.owner or year.company.reps[0]
        at = (
            deal.opened_at + (deal.closed_at - deal.opened_at) / 2
            if deal.closed_at
            else deal.opened_at
        )
        who: Contact | None = deal.contact or contact(deal.account)
        if who is None or not who.email:
            continue
        chosen = [
            rows[0 if deal.account.industry == "Water utility" else 1],
            rows[year.rng.choice((2, 7, 8))],
        ]
        if all(one.expires_on is None for one in chosen):
            services.share(
                chosen, contact=who, subject=deal, by=by, at=at,
                rules=services.Rules(at + 30 * A_DAY),
            )  # fmt: skip


def _templates(year: Year) -> None:
    """Whose the templates are, two that were said otherwise before, one that is outdated, and how often
    they were taken."""
    people = year.company.coordinators
    for source in sources():
        for n, row in enumerate(source.rows().filter(~Q(title="")).order_by("pk")):
            outdated = source.code == "template" and n == 1
            row.owner, row.review_on = (
                people[n % len(people)],
                _day(year.now, -4 if outdated else 90),
            )
            if n == 0:
                _said_before(row, people[-1], year.now - 40 * A_DAY)
            row.save(update_fields=["owner", "review_on", "version"])
            for _ in range(max(0, 14 - 5 * n)):
                at = year.now - year.rng.randint(0, 80) * A_DAY
                comms.count_use(source.key(row.pk), version=row.version, at=at)


def _said_before(row: Versioned, by: User, until: datetime) -> None:
    """The words of before were longer."""
    said = {name: getattr(row, name) for name in row.WORDS}
    said["body"] = f"{said['body']}\n\nDo not hesitate to contact us with any questions."
    row.past.create(version=row.version, until=until, by=by, **said)
    row.version += 1
