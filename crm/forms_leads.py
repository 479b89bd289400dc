"""What it takes to settle a lead."""

from typing import Any

from django import forms

from crm.forms import SUGGESTED, AccountChoice
from crm.models import Lead, LeadStatus, Stage
from crm.queries.lists import stages
from people.models import User


class MoveLeadForm(forms.Form):
    """What becomes of a lead, and what that takes: a reason, or what is made of it."""

    to = forms.ChoiceField(choices=LeadStatus.choices, label="Status")

    def __init__(self, data: Any, *, lead: Lead, to: str, user: User) -> None:
        super().__init__(data, auto_id="move-%s")
        self.lead = lead
        if to == LeadStatus.DROPPED:
            self.fields["reason"] = forms.CharField(max_length=200, label="Why it is not for us")
        if to == LeadStatus.CONVERTED:
            self._of_a_customer(user)

    def _of_a_customer(self, user: User) -> None:
        name = self.lead.company or self.lead.name
        account = AccountChoice(
            max_length=200, required=False, label="Account we have already",
            widget=forms.TextInput(SUGGESTED), help_text=f"Empty: “{name}” becomes a new account.",
        )  # fmt: skip
        account.user = user
        open_stages = [s.pk for s in stages() if s.kind == Stage.Kind.OPEN]
        first = open_stages[0] if open_stages else None
        self.fields |= {
            "account": account,
            "deal_name": forms.CharField(
                max_length=200, required=False, label="Deal",
                help_text="Its name. Empty: no deal yet.",
            ),
            "amount": forms.DecimalField(
                min_value=0, max_digits=14, decimal_places=2, required=False, label="Amount"
            ),
            "stage": forms.ModelChoiceField(
                Stage.objects.filter(pk__in=open_stages).order_by("pipeline", "position"),
                required=False, initial=first, label="Stage",
            ),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("deal_name") and not said.get("stage"):
            self.add_error("stage", "A deal stands in a stage.")
        return said
