"""The playbooks that a portal begins with."""

from datetime import datetime
from typing import Final

from tasks.models import Playbook
from tasks.services import StepPlan, save_playbook

ASKER: Final = "requester"
SHIPPED: Final[tuple[tuple[str, str, str, dict[str, bool], tuple[StepPlan, ...]], ...]] = (
    (
        "New customer onboarding", "From the first record to the first reorder",
        "crm.account.created", {},
        (
            StepPlan("Check the records of {account}: address, VAT number, contacts", due_after=1),
            StepPlan("Agree on payment terms and credit limit with finance", due_after=3, after=1),
            StepPlan("Send {account} the welcome pack and the price list", due_after=3, after=1),
            StepPlan("Introduce {account} to the coordinator by phone", due_after=5, after=3),
            StepPlan("Ask {account} how the first month went", due_after=20, after=4),
        ),
    ),
    (
        "First order of an account", "A first order decides whether there is a second",
        "orders.order.confirmed", {"first": True},
        (
            StepPlan("Thank {account} for the first order and name the contact here", due_after=1),
            StepPlan("Watch {subject}: tell {account} the delivery day", due_after=2, owner_rule=ASKER),
            StepPlan("Call {account} after the delivery: is everything as ordered?", due_after=10, after=2),
            StepPlan(
                "First order went through", kind="message", after=3,
                body="{account} was called after the first order. Plan the next offer.",
            ),
        ),
    ),
    (
        "Customer visit", "Started by hand from a meeting or an account", "", {},
        (
            StepPlan("Agree on the agenda with {account}", owner_rule=ASKER, due_after=2),
            StepPlan("Collect open quotes, orders and complaints of {account}", owner_rule=ASKER, due_after=3),
            StepPlan("Book travel and register at the gate", owner_rule=ASKER, due_after=3, after=1),
            StepPlan("Write down what was agreed about {subject}", owner_rule=ASKER, due_after=8, after=3),
            StepPlan("Send {account} the notes and the promised papers", owner_rule=ASKER, due_after=9, after=4),
        ),
    ),
)  # fmt: skip


def ensure_playbooks(*, at: datetime) -> list[Playbook]:
    """Write those that are missing; existing ones stay as people changed them."""
    known = set(Playbook.objects.values_list("name", flat=True))
    return [
        save_playbook(
            None, name=name, description=description, trigger=trigger, condition=condition,
            steps=steps, by=None, at=at,
        )
        for name, description, trigger, condition, steps in SHIPPED
        if name not in known
    ]  # fmt: skip
