"""What a meeting's outcome means for a deal (settings.MEETING_OUTCOME_STEPS), and what is said of
deals before one (settings.PREP_SECTIONS)."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.db.models import Model
from django.urls import reverse

from crm import services
from crm.models import Account, Deal
from kit.briefing import Line, Section
from kit.markup import money
from people.models import User

PREFIX: Final = "deal"
SHOWN: Final = 8


class DealUpdateForm(forms.Form):
    """The deal that was spoken of, and what comes next in it."""

    deal = forms.ModelChoiceField(
        Deal.objects.none(), required=False, empty_label="No deal was spoken of"
    )
    next_step = forms.CharField(max_length=200, required=False)
    next_step_on = forms.DateField(
        required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, deals: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["deal"]
        choice.queryset = deals
        choice.label_from_instance = lambda row: f"{row.name} ({row.stage})"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (said.get("next_step") or said.get("next_step_on")) and not said.get("deal"):
            self.add_error("deal", "Choose the deal whose next step this is.")
        return said


class DealUpdate:
    """A part of the form about a meeting's outcome; see meetings.outcome_parts.Part."""

    title = "The deal"

    def form(self, meeting: Any, user: User, data: Any | None) -> forms.Form | None:
        """Nothing where the account has no open deal that `user` may change."""
        if meeting.account_id is None or not user.has_perm("crm.change_deal"):
            return None
        deals = _open_deals(user, meeting.account_id)
        if not deals.exists():
            return None
        return DealUpdateForm(data, deals=deals, prefix=PREFIX)

    def apply(self, meeting: Model, form: forms.Form, *, by: User, at: datetime) -> None:
        """The meeting belongs to the deal; its next step is what was agreed."""
        deal = form.cleaned_data["deal"]
        if deal is None:
            return
        services.link(deal, meeting, by=by, at=at)
        step = form.cleaned_data["next_step"]
        if step:
            services.change_deal(
                deal, by=by, at=at, next_step=step, next_step_on=form.cleaned_data["next_step_on"]
            )


DEAL_UPDATE: Final = DealUpdate()


def _open_deals(user: User, account: int) -> Any:
    rows = Deal.objects.visible_to(user).open().filter(account=account)
    return rows.select_related("stage").order_by("close_on", "pk")


def deals(
    account: Account | None, meeting: Model | None, user: User | None, now: datetime  # noqa: ARG001
) -> Section | None:  # fmt: skip
    """The open deals of an account, and what comes next in each."""
    if account is None:
        return None
    rows = (
        _open_deals(user, account.pk)
        if user is not None
        else Deal.objects.open().filter(account=account).select_related("stage").order_by("pk")
    )
    lines = [
        Line(
            f"{row.name}, {money(row.amount, row.currency, 0)}" if row.amount is not None else row.name,
            f"{row.stage}; next: {row.next_step or 'no next step'}",
            reverse("crm:deal", args=[row.pk]), "" if row.next_step else "warn",
        ) for row in rows[:SHOWN]
    ]  # fmt: skip
    return Section("deals", "Deals", "target", lines, empty="No deal is open.")
