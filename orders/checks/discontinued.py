"""Is everything still sold? If not, what replaces it?"""

from collections.abc import Iterator

from orders.checks.case import Case, Finding, Fix
from orders.models import IssueKind

CODE = "discontinued"
TITLE = "Still sold"
ABOUT = "Is a product discontinued, and is there a substitute?"


def look(case: Case) -> Iterator[Finding]:
    for line in case.lines:
        if not line.discontinued:
            continue
        offered = (
            (Fix("substitute", f"Use {line.substitute}", {"product": str(line.substitute_id)}),)
            if line.substitute
            else ()
        )
        why = f"{line.substitute} replaces it." if line.substitute else "Nothing replaces it."
        yield Finding(
            IssueKind.DISCONTINUED,
            f"Line {line.position}: {line.sku} is no longer sold.",
            why,
            {"product": str(line.product_id)},
            line.pk,
            fixes=(*offered, Fix("remove_line", "Remove the line")),
        )
