"""Does anything need papers: dangerous goods, export control?"""

from collections.abc import Iterator

from orders.checks.case import Case, Finding
from orders.models import IssueKind

CODE = "regulated"
TITLE = "Export and hazard"
ABOUT = "Is anything export-controlled, or dangerous goods?"


def look(case: Case) -> Iterator[Finding]:
    for line in case.lines:
        if line.export_control:
            yield Finding(
                IssueKind.REGULATED,
                f"Line {line.position}: {line.sku} is export-controlled ({line.export_control}).",
                f"It goes to {case.order.ship_country or 'an unknown country'}. "
                "Override with the licence number, or with why none is needed.",
                {"control": line.export_control, "country": case.order.ship_country},
                line.pk,
            )
        if line.hazard:
            yield Finding(
                IssueKind.DOCUMENT,
                f"Line {line.position}: {line.sku} is dangerous goods ({line.hazard}).",
                "Logistics adds the safety data sheet and books a carrier that takes it.",
                {"hazard": line.hazard},
                line.pk,
                blocks=False,
            )
