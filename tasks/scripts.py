"""What a playbook says: its triggers, its words with their variables, and who does what."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from crm.models import Account
from journal.pages import WORDS
from people.models import Team, User
from tasks.models import Playbook, PlaybookStep
from tasks.subjects import Subject

VARIABLES: Final = {
    "account": "The account's name",
    "subject": "What it is about",
    "requester": "Whoever asked",
}
VARIABLE: Final = re.compile(r"\{(\w*)\}")
STARTS: Final = ("desk.", "orders.", "meetings.", "crm.")  # our own would start themselves


@cache
def triggers() -> dict[str, str]:
    """Actions that may start a playbook, with the words for them; no imports, which are history."""
    return {
        action: label
        for action, label in WORDS.items()
        if action.startswith(STARTS) and not action.endswith(".imported")
    }


def unknown_variables(text: str) -> str:
    """The first variable in `text` that nothing can be put in for."""
    return next((name for name in VARIABLE.findall(text) if name not in VARIABLES), "")


@dataclass(frozen=True)
class Case:
    """What a playbook is carried out for."""

    account: Account | None
    subject: Subject | None
    requester: User | None

    def fill(self, text: str) -> str:
        """`text` with its variables replaced."""
        values = {
            "account": self.account.name if self.account else "the account",
            "subject": self.subject.name if self.subject and self.subject.name else "it",
            "requester": self.requester.get_full_name() if self.requester else "the requester",
        }
        return VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)

    def owner_of(self, step: PlaybookStep) -> tuple[User | None, Team | None]:
        """Who does it; whoever asked stands in for an owner who is not there (any more)."""
        if step.owner_rule == PlaybookStep.OwnerRule.TEAM:
            return None, step.team
        holder = self.account.owner if self.account else None
        wanted = {
            PlaybookStep.OwnerRule.USER.value: step.user,
            PlaybookStep.OwnerRule.REQUESTER.value: self.requester,
            PlaybookStep.OwnerRule.ACCOUNT_OWNER.value: holder,
        }[step.owner_rule]
        fit = (user for user in (wanted, self.requester, holder) if user and user.is_active)
        return next(fit, None), None


def steps_of(playbook: Playbook) -> list[PlaybookStep]:
    """Its steps in order, with those who do them."""
    rows = playbook.steps.select_related("user__team__calendar", "team__calendar", "after_step")
    return list(rows.order_by("position"))


def task_before(step: PlaybookStep, known: dict[int, PlaybookStep]) -> PlaybookStep | None:
    """The nearest earlier task that this step comes after; messages between are said in passing."""
    earlier = known.get(step.after_step_id or 0)
    while earlier is not None and earlier.kind == PlaybookStep.Kind.MESSAGE:
        earlier = known.get(earlier.after_step_id or 0)
    return earlier
