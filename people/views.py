"""The profile page: who I am, how it looks, my API tokens."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from people import services
from people.doors import me
from people.forms import AppearanceForm, ProfileForm, TokenForm
from people.models import ApiToken, User


def profile(request: HttpRequest) -> HttpResponse:
    """Show and change the own profile."""
    user = me(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        services.set_appearance(user, **form.cleaned_data)
        messages.success(request, "Profile saved.")
        return redirect("people:profile")
    return _page(request, user, form, TokenForm())


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep a switch of the top bar; scripts get 204, others the page that they came from."""
    form = AppearanceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    services.set_appearance(me(request), **form.chosen())
    if request.headers.get("X-Requested-With") or request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return redirect("people:profile")


@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    """Make an API token and show it this once."""
    user = me(request)
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, user, ProfileForm(instance=user), form, status=422)
    token = services.make_token(user, name=form.cleaned_data["name"], by=user, at=timezone.now())
    return _page(request, user, ProfileForm(instance=user), TokenForm(), token=token)


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop one of the own tokens."""
    user = me(request)
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    services.revoke_token(token, by=user, at=timezone.now())
    messages.success(request, f"“{token.name}” no longer works.")
    return redirect("people:profile")


def _page(
    request: HttpRequest,
    user: User,
    form: ProfileForm,
    token_form: TokenForm,
    *,
    token: str = "",
    status: int = 200,
) -> HttpResponse:
    tokens = user.api_tokens.filter(revoked_at=None).order_by("-created_at", "-pk")
    context = {"form": form, "token_form": token_form, "tokens": tokens, "token": token}
    return TemplateResponse(request, "people/profile.html", context, status=status)
