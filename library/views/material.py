"""One material: its page, its files, and every step that a colleague takes on it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from journal.idempotency import form_once
from journal.models import Entry
from kit import uploads
from library import queries, services
from library.files import file_of, picture_of
from library.forms import MaterialForm, NewMaterialForm, VersionForm
from library.models import Favourite, Material, PageImage, Reading, Share, Sort, Version
from library.views.doors import ADD, CHANGE, CONFLICTS, SEES, SHARES, VIEW, material
from people.doors import me

PREVIEW = 6_000  # letters of a text
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@require_safe
@permission_required(VIEW, raise_exception=True)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    row = material(pk)
    if request.method == "GET":
        services.count_opened(row)
    return shown(request, row)


def shown(
    request: HttpRequest, row: Material, *, status: int = 200, problem: str = "",
    version_form: VersionForm | None = None,
) -> HttpResponse:  # fmt: skip
    """The page, also after a refusal: what was typed stays."""
    user, now = me(request), timezone.now()
    today = services.today(now)
    reading = Reading.objects.filter(version=row.current_id).first()
    tags = [
        (sort.label, [tag.value for tag in row.tags.all() if tag.sort == sort]) for sort in Sort
    ]
    shares = Share.objects.visible_to(user).filter(items__material=row)
    context = {
        "row": row, "problem": problem, "version_form": version_form or VersionForm(),
        "reading": reading, "text": reading.text[:PREVIEW] if reading else "",
        "more_text": bool(reading and len(reading.text) > PREVIEW),
        "images": PageImage.objects.filter(version=row.current_id).order_by("number"),
        "versions": queries.versions_of(row), "uses": queries.uses_of(row),
        "tags": [(label, values) for label, values in tags if values],
        "favourite": Favourite.objects.filter(user=user, material=row).exists(),
        "expired": row.is_expired(today), "history": Entry.objects.about(row).newest_first()[:20],
        "may": user.has_perm(CHANGE), "may_share": user.has_perm(SHARES),
        "shares": queries.share_lines(shares, now) if user.has_perm(SEES) else [],
    }  # fmt: skip
    return TemplateResponse(request, "library/material.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(ADD, raise_exception=True)
@uploads.takes_files("UPLOAD_MAX_BYTES", at_once=1)
def new(request: HttpRequest) -> HttpResponse:
    """Add material with its first file."""
    if request.method != "POST":
        return _form(request, NewMaterialForm(initial={"owner": me(request)}))
    form = NewMaterialForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=UNPROCESSABLE)
    file = form.cleaned_data["file"]

    def effect() -> str:
        made = services.add(
            **form.described(), file=file.file, name=file.name, by=me(request), at=timezone.now()
        )
        return reverse("library:material", args=[made.pk])

    return _written(request, form, effect, "Added. It is read in a moment.")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(CHANGE, raise_exception=True)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = material(pk)
    if request.method != "POST":
        return _form(request, MaterialForm.of(row), row=row)
    form = MaterialForm(request.POST)
    if not form.is_valid():
        return _form(request, form, row=row, status=UNPROCESSABLE)

    def effect() -> str:
        services.change(row, **form.described(), by=me(request), at=timezone.now())
        return reverse("library:material", args=[pk])

    return _written(request, form, effect, "Saved.", row=row)


def _written(
    request: HttpRequest, form: MaterialForm, effect: Callable[[], str], done: str,
    *, row: Material | None = None,
) -> HttpResponse:  # fmt: skip
    try:
        target = form_once(request, effect)
    except services.BadMaterial as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return _form(request, form, row=row, status=UNPROCESSABLE)
    except uploads.UploadRefused as refusal:
        form.add_error("file", str(refusal))
        return _form(request, form, row=row, status=refusal.status)
    messages.success(request, done)
    return redirect(target)


def _form(
    request: HttpRequest, form: MaterialForm, *, row: Material | None = None, status: int = 200
) -> HttpResponse:
    back = reverse("library:material", args=[row.pk]) if row else reverse("library:materials")
    context = {"form": form, "row": row, "back": back, "offered": queries.choices()}
    return TemplateResponse(request, "library/form.html", context, status=status)


@require_POST
@permission_required(CHANGE, raise_exception=True)
@uploads.takes_files("UPLOAD_MAX_BYTES", at_once=1)
def add_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Another file; it is given out from now on."""
    row, form = material(pk), VersionForm(request.POST, request.FILES)
    if not form.is_valid():
        return shown(request, row, status=UNPROCESSABLE, version_form=form)
    file = form.cleaned_data["file"]

    def effect() -> str:
        services.add_version(
            row, file=file.file, name=file.name, note=form.cleaned_data["note"], by=me(request),
            at=timezone.now(),
        )  # fmt: skip
        return reverse("library:material", args=[pk])

    try:
        target = form_once(request, effect)
    except CONFLICTS as refusal:
        form.add_error("file", str(refusal))
        return shown(request, material(pk), status=HTTPStatus.CONFLICT, version_form=form)
    except uploads.UploadRefused as refusal:
        form.add_error("file", str(refusal))
        return shown(request, material(pk), status=refusal.status, version_form=form)
    messages.success(request, "The new version is the current one. It is read in a moment.")
    return redirect(target)


Act = Callable[[HttpRequest, Material, int], None]


def _step(permission: str, act: Act, done: str) -> Any:
    """A door for one step: check, one service call, back to the page."""

    def view(request: HttpRequest, pk: int, number: int = 0) -> HttpResponse:
        row = material(pk)

        def effect() -> str:
            act(request, row, number)
            return reverse("library:material", args=[pk])

        try:
            target = form_once(request, effect)
        except CONFLICTS as refusal:
            conflict = HTTPStatus.CONFLICT
            return shown(request, material(pk), status=conflict, problem=str(refusal))
        if done:
            messages.success(request, done)
        return redirect(target)

    return require_POST(permission_required(permission, raise_exception=True)(view))


def _version(row: Material, number: int) -> Version:
    found = row.versions.filter(number=number).first() if number < 2**31 else None
    if found is None:
        raise Http404
    return found


def _archive(request: HttpRequest, row: Material, _: int) -> None:
    services.archive(row, by=me(request), at=timezone.now())


def _bring_back(request: HttpRequest, row: Material, _: int) -> None:
    services.bring_back(row, by=me(request), at=timezone.now())


def _make_current(request: HttpRequest, row: Material, number: int) -> None:
    services.make_current(_version(row, number), by=me(request), at=timezone.now())


def _again(request: HttpRequest, row: Material, _: int) -> None:
    reading = Reading.objects.select_related("version__material").get(version=row.current_id)
    services.again(reading, by=me(request), at=timezone.now())


def _favourite(request: HttpRequest, row: Material, _: int) -> None:
    wanted = request.POST.get("wanted") == "1"
    services.set_favourite(row, wanted=wanted, by=me(request), at=timezone.now())


archive = _step(CHANGE, _archive, "Archived. Links to it show it no longer.")
bring_back = _step(CHANGE, _bring_back, "It is offered again.")
make_current = _step(CHANGE, _make_current, "This version is given out again.")
again = _step(CHANGE, _again, "It is read again in a moment.")
favourite = _step(VIEW, _favourite, "")


@require_safe
@permission_required(VIEW, raise_exception=True)
def file(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:  # noqa: ARG001
    """The file of one version, to be saved."""
    return file_of(_version(material(pk), number))


@require_safe
@permission_required(VIEW, raise_exception=True)
def picture(request: HttpRequest, pk: int, number: int) -> HttpResponseBase:  # noqa: ARG001
    """A page of the current version."""
    image = None
    if number < 2**15:
        image = PageImage.objects.filter(version=material(pk).current_id, number=number).first()
    if image is None:
        raise Http404
    return picture_of(image)
