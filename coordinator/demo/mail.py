"""Mail that came in to the demo company: filed, noted, and waiting for somebody."""

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from comms.addresses import inbound_address
from coordinator.demo.stage import Year
from mailroom import services

STRANGERS: Final = (
    ("Bram de Wit", "bram.dewit@polderpumps.example", "Do you repair other makes?",
     ("Good morning,\n\nwe run four 40 mm pumps of another make. Do you also overhaul those, and what would it cost?\n\n"
     "Kind regards\nBram de Wit\n-- \nPolder Pumps, Lelystad")),
    ("Events team", "fair@watertech.example", "Your stand at WaterTech",
     "Dear exhibitor,\n\nplease confirm the size of your stand until Friday."),
)  # fmt: skip


def set_up(year: Year) -> None:
    """One mail of a contact, an automatic answer, and two of people whom nobody knows."""
    account = next(
        one for one in year.accounts if one.owner and one.contacts.exclude(email="").exists()
    )
    contact = account.contacts.exclude(email="").order_by("pk").first()
    if contact is None:
        return
    letters = (
        (contact.name, contact.email, "Spare seals", "Hello,\n\ncould you send us a price for ten seals, 22 mm?"),
        (contact.name, contact.email, "Out of office: Spare seals", "I am back on Monday."),
        *STRANGERS,
    )  # fmt: skip
    for number, (name, address, subject, body) in enumerate(letters):
        _comes(year, name, address, subject=subject, body=body, minutes=90 - 10 * number)
    services.file_due(at=year.now)


def _comes(
    year: Year, name: str, address: str, *, subject: str, body: str, minutes: int
) -> None:  # fmt: skip
    at = year.now - timedelta(minutes=minutes)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{name} <{address}>", inbound_address(), subject
    mail["Date"], mail["Message-ID"] = format_datetime(at), f"<demo-{minutes}@mail.example>"
    mail.set_content(body)
    services.take(mail.as_bytes(), source="smtp", at=at)
