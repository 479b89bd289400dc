"""Causes that the portal can find: quotes without products go back, one answer is typed again and
again, and material without a language was a cause until it had to be said."""

import random
from datetime import datetime, timedelta
from typing import Any, Final

from coordinator.demo.stage import HOUR, MINUTE, Year, submit
from desk import services as desk
from desk.models import RequestType
from improve import services
from improve.models import State, Suggestion
from people import calendars
from people.models import User

SEED: Final = 8
CHANGED: Final = timedelta(weeks=11)
QUOTES, PAST, SINCE = 64, 68, 16
OLDEST: Final = timedelta(days=174)
PAST_OLDEST: Final = timedelta(days=245)
ASKS_PRODUCTS: Final = (
    "Which products, and how many of each?", "Could you give me the article numbers?",
    "Without the pump types I cannot price it. Which ones do they need?",
)  # fmt: skip
ASKS_LANGUAGE: Final = (
    "In which language?",
    "English or German?",
    "Which language does the customer read?",
)
NEEDS: Final = (
    "Replacement pumps for the old line", "A price for a second booster set", "Valves for the new filter hall",
    "Spare parts for a year", "Same as last year, a little more",
)  # fmt: skip
WANTS: Final = (
    "Data sheet of the multistage pumps", "Certificates for the file", "Deck about the monitoring box",
    "The manual of the booster set",
)  # fmt: skip
ANSWER: Final = (
    "Hello {rep},\n\nthe quote for {account} is in the portal and you can send it on from there. A few things that "
    "customers ask every time, so that you have them at hand. Prices hold for thirty days and are ex works; we "
    "can quote delivered prices if they give us the address of the site. Lead times are those of today and count "
    "from the day on which we have the written order with its number, not from the phone call. Pumps are tested "
    "at the works before they leave, and the test report comes with the goods without asking. Certificates of "
    "material have to be ordered with the pump, they cannot be made afterwards. Spare parts of the first year are "
    "listed on the last page and are cheaper together with the pump. If the customer wants to change a quantity, "
    "answer here with the new one and we revise the quote the same day; please do not promise another price on "
    "the phone. Commissioning by our service is optional and has its own line. If they need more than thirty days "
    "to decide, tell us before it expires and we look whether the price can stand.\n\n{me}"
)  # fmt: skip
SENT: Final = (
    "It is attached to the product in the library. Share it from there, then you see who opened it."
)


def set_up(year: Year) -> None:
    """The past cause with its change, then the one of today, and a look at all of it."""
    rng = random.Random(SEED)
    changed = (year.now - CHANGED).replace(minute=0, second=0, microsecond=0)
    _material(year, rng, changed - PAST_OLDEST + CHANGED, changed, PAST, said=0.5)
    _quotes(year, rng)
    _look(changed)
    _change(year, changed)
    _material(year, rng, changed + timedelta(days=1), year.now - timedelta(days=2), SINCE, said=1.0)
    _look(year.now)
    _decide(year)


def _look(at: datetime) -> None:
    services.ask_run(by=None, at=at)
    services.run_next(at=at)


def _moments(
    year: Year, rng: random.Random, since: datetime, until: datetime, n: int
) -> list[datetime]:
    """Working moments in between, in order."""
    time = calendars.for_team(year.company.desk)
    span = (until - since).total_seconds()
    found = sorted(since + timedelta(seconds=rng.random() * span) for _ in range(n))
    return [time.add(moment, rng.randint(MINUTE, HOUR)) for moment in found]


def _quotes(year: Year, rng: random.Random) -> None:
    product = next(one for one in year.products if not one.discontinued)
    since, until = year.now - OLDEST, year.now - timedelta(days=4)
    for n, at in enumerate(_moments(year, rng, since, until, QUOTES)):
        need = rng.choice(NEEDS)
        data: dict[str, Any] = {"need": need}
        if n % 2:
            data["lines"] = [{"sku": product.sku, "quantity": str(product.pack_size)}]
        back = rng.random() < (0.05 if n % 2 else 0.75)
        _story(
            year,
            rng,
            ("quote", f"Quote: {need}", data),
            at,
            ask=rng.choice(ASKS_PRODUCTS) if back else "",
            words=ANSWER,
        )


def _material(
    year: Year, rng: random.Random, since: datetime, until: datetime, n: int, *, said: float
) -> None:
    for place, at in enumerate(_moments(year, rng, since, until, n)):
        want = rng.choice(WANTS)
        with_it = said == 1 or place % 2 == 0
        data = {"what": want, **({"language": rng.choice(("en", "nl", "de"))} if with_it else {})}
        back = rng.random() < (0.04 if with_it else 0.7)
        _story(
            year,
            rng,
            ("material", want, data),
            at,
            ask=rng.choice(ASKS_LANGUAGE) if back else "",
            words=SENT,
        )


def _story(
    year: Year, rng: random.Random, what: tuple[str, str, dict[str, Any]], at: datetime, *, ask: str, words: str
) -> None:  # fmt: skip
    """Asked, taken, perhaps asked back, answered, done: as at the desk, within some days."""
    time = calendars.for_team(year.company.desk)
    kind, subject, data = what
    row = submit(year, kind, subject[:200], at, data)
    who: User = rng.choice(year.company.coordinators)
    moment = time.add(at, rng.randint(10 * MINUTE, 2 * HOUR))
    desk.claim(row, by=who, at=moment)
    if ask:
        moment = time.add(moment, rng.randint(5 * MINUTE, HOUR))
        desk.ask_requester(row, body=ask, by=who, at=moment)
        moment = time.add(moment, rng.randint(2 * HOUR, 11 * HOUR))
        desk.answer(row, body="Here it is, sorry.", by=row.requester, at=moment)
    moment = time.add(moment, rng.randint(20 * MINUTE, 2 * HOUR))
    said = words.format(
        rep=row.requester.get_short_name(), account=row.account, me=who.get_short_name()
    )
    desk.reply(row, body=said, by=who, at=moment)
    desk.resolve(row, by=who, at=time.add(moment, rng.randint(5 * MINUTE, HOUR)))


def _change(year: Year, at: datetime) -> None:
    """The manager accepted it, and the language must be said since."""
    kind = RequestType.objects.get(slug="material")
    row = Suggestion.objects.filter(key=f"missing:{kind.pk}:language").first()
    if row is None:
        return
    services.accept(row, by=year.company.manager, at=at + timedelta(hours=1))
    form = [
        {**field, "required": True} if field["name"] == "language" else field for field in kind.form
    ]
    year.types[kind.slug] = desk.save_type(
        kind, by=year.company.manager, at=at + timedelta(hours=2), form=form
    )
    services.made(row, on=at.date(), by=year.company.manager, at=at + timedelta(hours=3))


def _decide(year: Year) -> None:
    """Somebody has an opinion on what costs the most."""
    first = Suggestion.objects.filter(state=State.NEW, stands=True).ranked().first()
    if first is not None:
        services.comment(
            first, by=year.company.coordinators[0], at=year.now - timedelta(hours=2),
            body="True. I ask for the article numbers in three of four quotes, and the answer takes a day.",
        )  # fmt: skip
