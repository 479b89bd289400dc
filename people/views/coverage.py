"""The coverage page: four weeks of a team."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from people import coverage as planning
from people import queries, services
from people.doors import me
from people.forms_calendars import MinimumForm
from people.models import Team, User


@require_safe
@permission_required("people.view_absence", raise_exception=True)
def coverage(request: HttpRequest) -> HttpResponse:
    """Who of a team works in these four weeks, and on which days too few do."""
    return _page(request, _chosen(request, me(request)))


@require_POST
@permission_required("people.change_team", raise_exception=True)
def set_minimum(request: HttpRequest, pk: int) -> HttpResponse:
    """How many of the team have to be here on a working day."""
    team = get_object_or_404(Team.objects.select_related("calendar"), pk=pk)
    form = MinimumForm(request.POST, instance=Team(pk=pk, name=team.name))
    if not form.is_valid():
        return _page(request, team, form=form, status=422)
    services.set_minimum(
        team, present=form.cleaned_data["minimum_present"], by=me(request), at=timezone.now()
    )
    messages.success(request, f"{team}: at least {team.minimum_present} on working days.")
    return redirect(f"{reverse('people:coverage')}?team={pk}")


def _chosen(request: HttpRequest, user: User) -> Team | None:
    """The team of the address, else the own one, else the first by name."""
    teams = Team.objects.select_related("calendar").order_by("name", "pk")
    asked = request.GET.get("team", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 10:  # noqa: PLR2004
        return get_object_or_404(teams, pk=int(asked))
    return teams.filter(members=user).first() or teams.first()


def _page(
    request: HttpRequest, team: Team | None, *, form: MinimumForm | None = None, status: int = 200
) -> HttpResponse:
    user, today = me(request), timezone.localdate()
    first = planning.monday(queries.day_of(request.GET.get("from", "")) or today)
    step = timedelta(weeks=planning.WEEKS)
    context = {
        "team": team, "teams": Team.objects.order_by("name", "pk"), "today": today,
        "weeks": planning.plan(team, first) if team else [],
        "first": first, "before": first - step, "after": first + step,
        "last": first + step - timedelta(days=1),
        "form": form or (MinimumForm(instance=team) if team else None),
        "of_others": user.has_perm("people.change_absence"),
    }  # fmt: skip
    return TemplateResponse(request, "people/coverage.html", context, status=status)
