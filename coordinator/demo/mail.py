"""Mail that came in to the demo company: filed, noted, and waiting for somebody."""

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from comms.addresses import inbound_address
from comms.models import MessageTemplate, Sender
from coordinator.demo.stage import Year
from mailroom import services

STRANGERS: Final = (
    ("Bram de Wit", "bram.dewit@polderpumps.example", "Do you repair other makes?",
     ("Good morning,\n\nwe run four 40 mm pumps of another make. Do you also overhaul those, and what would it cost?\n\n"
     "Kind regards\nBram de Wit\n-- \nPolder Pumps, Lelystad")),
    ("Events team", "fair@watertech.example", "Your stand at WaterTech",
     "Dear exhibitor,\n\nplease confirm the size of your stand until Friday."),
)  # fmt: skip
# title, kind, subject of the mail, words
TEMPLATES: Final = (
    ("Order confirmed", "orders.order", "Your order {{order}} is confirmed",
     "Dear {{contact}},\n\nwe have confirmed your order **{{order}}**. The confirmation is attached.\n\nKind regards\n{{me}}"),
    ("New delivery date", "orders.order", "{{order}}: a new delivery date",
     "Dear {{contact}},\n\none line of {{order}} comes later than we said. We now deliver on {{due}}.\n\nKind regards\n{{me}}"),
    ("Is the quote still open?", "orders.quotefamily", "Your quote {{quote}}",
     "Dear {{contact}},\n\nour quote {{quote}} is valid until {{due}}. May we still answer a question?\n\nKind regards\n{{me}}"),
    ("We look into it", "", "", "Dear {{contact}},\n\nthank you. We look into it and come back to you today.\n\n{{me}}"),
)  # fmt: skip


def words(year: Year) -> None:
    """In whose name the desk's mail leaves, and what it writes again and again."""
    Sender.objects.create(
        team=year.company.desk, name="Halden Flow, order desk", address="orders@portal.localhost",
        signature="**Halden Flow**, order desk Rotterdam\n+31 10 555 0199", colour="#0b6e75",
        footer="Halden Flow B.V., Waalhaven 12, Rotterdam",
    )  # fmt: skip
    MessageTemplate.objects.bulk_create(
        MessageTemplate(title=title, about=about, subject_line=subject, body=body)
        for title, about, subject, body in TEMPLATES
    )


def set_up(year: Year) -> None:
    """One mail of a contact, an automatic answer, and two of people whom nobody knows."""
    words(year)
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
