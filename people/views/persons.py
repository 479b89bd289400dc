"""The profile page, and for administrators the colleagues."""

from http import HTTPStatus

from allauth.account.forms import ResetPasswordForm
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from kit.pages import keyset_page
from people import services
from people.doors import me
from people.forms import AppearanceForm, PersonForm, ProfileForm, TokenForm
from people.models import ApiToken, User
from people.queries import role_names


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


@permission_required("people.view_user", raise_exception=True)
def colleagues(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, by name; those who left when asked for."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:100]
    left = request.GET.get("left") == "1"
    rows = User.objects.filter(is_active=not left)
    if text:
        rows = rows.filter(name__icontains=text)
    page = keyset_page(
        rows.values("pk", "name", "email", "team__name", "department__name", "last_login"),
        keys=("name", "pk"),
        after=request.GET.get("after", ""),
    )
    named = role_names([row["pk"] for row in page.rows])
    for row in page.rows:
        row["roles"] = named.get(row["pk"], [])
    context = {"page": page, "q": text, "left": left}
    return TemplateResponse(request, "people/colleagues.html", context)


@permission_required("people.add_user", raise_exception=True)
def add_person(request: HttpRequest) -> HttpResponse:
    """Add somebody and mail the link that sets a password."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.add_person(
                in_roles=form.cleaned_data["in_roles"], by=me(request), at=timezone.now(),
                **form.fields_to_save(),
            )  # fmt: skip
        except services.AddressTaken as refusal:
            form.add_error("email", str(refusal))
        else:
            _invite(request, user)
            messages.success(
                request, f"{user} is here. A mail with a link to set a password is sent."
            )
            return redirect("people:colleagues")
    return _person(request, form, "Add a person")


@permission_required("people.change_user", raise_exception=True)
def edit_person(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    roles = user.groups.values_list("name", flat=True)
    form = PersonForm(request.POST or None, instance=user, initial={"in_roles": list(roles)})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_person(
                User.objects.get(pk=pk), in_roles=form.cleaned_data["in_roles"], by=me(request),
                at=timezone.now(), **form.fields_to_save(),
            )  # fmt: skip
        except services.AddressTaken as refusal:
            form.add_error("email", str(refusal))
        except services.LastAdministrator as refusal:
            form.add_error("in_roles", str(refusal))
        else:
            messages.success(request, f"{form.cleaned_data['name']} saved.")
            return redirect("people:colleagues")
    return _person(request, form, form.initial.get("name") or "Person")


def _person(request: HttpRequest, form: PersonForm, title: str) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "title": title}
    return TemplateResponse(request, "people/person.html", context, status=status)


def _invite(request: HttpRequest, user: User) -> None:
    """The mail that sets a forgotten password sets a first one too."""
    form = ResetPasswordForm({"email": user.email})
    if form.is_valid():
        form.save(request)
