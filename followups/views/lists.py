"""What goes out by itself: where it stands, why, when, to whom; and many at once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from followups import services
from followups.forms import FilterForm, StopForm
from followups.models import FollowUp
from followups.queries import lists
from followups.views.common import acts, back, filtered, is_htmx, picked, sees, shown
from people.doors import me


@require_safe
@sees
def followups(request: HttpRequest) -> HttpResponse:
    """Scheduled and drafts soonest first, settled ones newest first; of an account, all in one list."""
    form = FilterForm(request.GET)
    filters = form.filters(me(request))
    tab = request.GET.get("status", lists.ALL if filters.account is not None else "")
    whole = tab == lists.ALL and filters.account is not None
    tab = tab if tab in lists.TABS or whole else FollowUp.Status.SCHEDULED.value
    page, paused = lists.page(filters, tab, request.GET.get("after", "")), lists.paused()
    for row in page.rows:
        row["paused"] = paused.holds(row["rule"], row["account_id"])
    context = {
        "page": page, "tab": tab, "tabs": lists.TABS, "counts": lists.counts(filters), "paused": paused,
        **filtered(request, form, filters, ("status",)),
    }  # fmt: skip
    return shown(request, "followups/followups.html", context)


@require_POST
@acts
def bulk(request: HttpRequest) -> HttpResponse:
    """Stop or approve all that are ticked; each stands for itself, and says why it was refused."""
    home = back(request, reverse("followups:followups"))
    keys = picked(request)
    if not keys:
        messages.warning(request, "Tick what you mean first.")
        return redirect(home)
    rows = list(FollowUp.objects.filter(pk__in=keys).order_by("pk"))
    user, at = me(request), timezone.now()
    if request.POST.get("act") == "approve":
        refused, done = services.approve_many(rows, by=user, at=at), "sent"
    else:
        form = StopForm(request.POST)
        why = form.cleaned_data["why"] if form.is_valid() else ""
        refused, done = services.stop_many(rows, why=why, by=user, at=at), "stopped"
    for words in refused[:5]:
        messages.error(request, words)
    if len(refused) > 5:  # noqa: PLR2004 - more toasts than anybody reads
        messages.error(request, f"And {len(refused) - 5} more.")
    if len(rows) > len(refused):
        messages.success(request, f"{len(rows) - len(refused)} {done}.")
    return redirect(home)


@require_safe
@sees
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """What an account hears by itself: a slot of its page, else the list."""
    if not is_htmx(request):
        return redirect(f"{reverse('followups:followups')}?account={pk}")
    coming, past = lists.of_account(pk)
    held = lists.paused()
    context = {
        "coming": coming, "past": past, "account_id": pk, "everything": held.everything,
        "pause": held.accounts.get(pk), "paused": held,
    }  # fmt: skip
    return shown(request, "followups/slot.html", context)
