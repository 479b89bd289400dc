"""What a guest opens from a link, without an account.

Nothing is counted before somebody presses Open (or gives the code of the gate): programs of mail
servers that follow every link press nothing. Colleagues who may see the share look without being
counted.
"""

from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from journal import idempotency
from kit.limits import limited
from kit.markup import day
from library import services
from library.forms import CodeForm, SecondsForm
from library.models import PageImage, Reading, Share, ShareItem, Visit
from library.reading import Unmarkable
from library.views import guest_files
from people.models import User

COOKIE: Final = "visit"
LASTS: Final = 12 * 3600  # seconds that a browser is let in without asking again
PER_MINUTE: Final = 240  # of one address: turning pages is quick
Answer = TypeVar("Answer", bound=HttpResponseBase)
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass
class Guest:
    """Who looks: `visit` is None for a colleague, who is not counted."""

    share: Share
    key: str
    visit: Visit | None = None

    @property
    def name(self) -> str:
        if self.visit is None:
            return "Preview"
        return self.visit.email or self.share.name or self.share.email or "Guest"

    @property
    def mark(self) -> str:
        """What is drawn across pages."""
        return f"{self.name} · {day(timezone.localdate())}"


def closed(answer: Answer) -> Answer:
    """No search engine keeps the page, and no other site learns its address."""
    answer["X-Robots-Tag"], answer["Referrer-Policy"] = "noindex", "no-referrer"
    return answer


def door(view: Any) -> Any:
    """A page behind a working link: the guest, or why there is none."""

    @never_cache
    @login_not_required
    @wraps(view)
    def inner(request: HttpRequest, key: str, **rest: Any) -> HttpResponseBase:
        share = services.by_key(key)
        if share is None:
            return gone(request, HTTPStatus.NOT_FOUND)
        if not share.works(timezone.now()):
            return gone(request, HTTPStatus.GONE, share)
        answer: HttpResponseBase = view(request, share, key, **rest)
        return closed(answer)

    found: Any = inner
    return limited(found, per_minute=PER_MINUTE)


@csrf_exempt  # the key is the proof, no cookie is; and without a referrer browsers say no origin
@require_http_methods(["GET", "HEAD", "POST"])
@door
def guest(request: HttpRequest, share: Share, key: str) -> HttpResponseBase:
    """The room, or the way into it."""
    if request.method == "POST":
        return _enter(request, share, key)
    found = admitted(request, share, key)
    if found is None:
        return _way_in(request, share)
    items = shown_items(share)
    if len(items) == 1:
        return kept(redirect("library:guest_item", key, items[0].pk), found)
    context = {"row": share, "key": key, "items": items, "guest": found, **_common()}
    return kept(TemplateResponse(request, "library/public_room.html", context), found)


def _enter(request: HttpRequest, share: Share, key: str) -> HttpResponseBase:
    """Open, ask for a code, or give it."""
    if not share.gate:
        return _opened(request, share, key, email="")
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _way_in(request, share, form, status=UNPROCESSABLE)
    email, code, now = form.cleaned_data["email"], form.cleaned_data["code"].strip(), timezone.now()
    if not code:
        try:
            services.ask_code(share, email, at=now)
        except services.TooManyCodes as refusal:
            form.add_error("email", str(refusal))
            return _way_in(request, share, form, status=HTTPStatus.TOO_MANY_REQUESTS)
        return _way_in(request, share, CodeForm(initial={"email": email}), asked=email)
    if not services.enter(share, email, code, at=now):
        form.add_error("code", "This is not the code, or it is too old. Ask for another.")
        return _way_in(request, share, form, status=UNPROCESSABLE, asked=email)
    return _opened(request, share, key, email=email)


def _opened(request: HttpRequest, share: Share, key: str, *, email: str) -> HttpResponseBase:
    """A visit begins; a double click begins one. The key of the link is kept nowhere."""
    if is_colleague(request, share):
        return redirect("library:guest", key)

    def effect() -> tuple[int, int]:
        agent = request.headers.get("user-agent", "")[:400]
        return 200, services.begin(share, agent=agent, email=email, at=timezone.now()).pk

    once = request.POST.get("idempotency_key", "").replace("\0", "")[: idempotency.LONGEST // 2]
    pk = (
        idempotency.once(0, f"library:{share.pk}:{once}", "form", effect)[1]
        if once
        else effect()[1]
    )
    found = Guest(share, key, Visit.objects.get(pk=pk))
    return kept(redirect("library:guest", key), found)


def _way_in(
    request: HttpRequest, share: Share, form: CodeForm | None = None, *, status: int = 200,
    asked: str = "",
) -> HttpResponse:  # fmt: skip
    context = {
        "row": share, "form": form or CodeForm(), "asked": asked, "count": len(shown_items(share)),
        **_common(),
    }  # fmt: skip
    return TemplateResponse(request, "library/public_open.html", context, status=status)


def is_colleague(request: HttpRequest, share: Share) -> bool:
    user = request.user
    return (
        isinstance(user, User)
        and user.has_perm("library.view_share")
        and Share.objects.visible_to(user).filter(pk=share.pk).exists()
    )


def admitted(request: HttpRequest, share: Share, key: str) -> Guest | None:
    """Who looks, if she came in before; another visit begins after half an hour of quiet."""
    if is_colleague(request, share):
        return Guest(share, key)
    text = request.get_signed_cookie(COOKIE, default=None, salt=_salt(share), max_age=LASTS)
    if not text:
        return None
    visit = Visit.objects.filter(pk=int(text), share=share).first()
    if visit is None or (share.gate and not visit.email):
        return None
    now = timezone.now()
    if not services.going_on(visit, now):
        visit = services.begin(share, agent=visit.agent, email=visit.email, at=now)
    return Guest(share, key, visit)


def kept(answer: Answer, found: Guest) -> Answer:
    """The browser is known again at this address, and nowhere else."""
    if found.visit is not None and isinstance(answer, HttpResponse):
        answer.set_signed_cookie(
            COOKIE, str(found.visit.pk), salt=_salt(found.share), max_age=LASTS, httponly=True,
            samesite="Lax", secure=settings.SECURE, path=reverse("library:guest", args=[found.key]),
        )  # fmt: skip
    return answer


def _salt(share: Share) -> str:
    return f"library.visit.{share.pk}"


def shown_items(share: Share) -> list[ShareItem]:
    """Files that are still offered: what expired or was archived is not shown any more."""
    today = services.today(timezone.now())
    rows = share.items.select_related("material__current").order_by("position")
    return [
        item
        for item in rows
        if item.material.archived_at is None and not item.material.is_expired(today)
    ]


def _item(share: Share, pk: int) -> ShareItem | None:
    return next((item for item in shown_items(share) if item.pk == pk), None)


@require_safe
@door
def item(request: HttpRequest, share: Share, key: str, pk: int) -> HttpResponseBase:
    """One file, page by page; what was opened is counted, how long is said by the browser."""
    found, one = admitted(request, share, key), _item(share, pk)
    if found is None:
        return redirect("library:guest", key)
    if one is None:
        return gone(request, HTTPStatus.GONE, share)
    version = one.material.current
    numbers = list(
        PageImage.objects.filter(version=version)
        .order_by("number")
        .values_list("number", flat=True)
    )
    page = _page(request.GET.get("page", ""), numbers)
    if found.visit is not None and request.method == "GET":
        services.look(found.visit, version, page=page, at=timezone.now())
    place = numbers.index(page) if page in numbers else 0
    reading = Reading.objects.filter(version=version).first()
    context = {
        "row": share, "key": key, "item": one, "guest": found, "page": page, "numbers": numbers,
        "image": PageImage.objects.filter(version=version, number=page).first(),
        "before": numbers[place - 1] if place else None,
        "after": numbers[place + 1] if numbers and place + 1 < len(numbers) else None,
        "text": "" if numbers or reading is None else reading.text[:30_000],
        "unread": reading is not None and reading.state == "waiting",
        "left_out": bool(reading and reading.pages and numbers and reading.pages > len(numbers)),
        "pages": reading.pages if reading else None, "several": len(shown_items(share)) > 1,
        "downloads": guest_files.may_download(share, version), **_common(),
    }  # fmt: skip
    return kept(TemplateResponse(request, "library/public_item.html", context), found)


def _page(text: str, numbers: list[int]) -> int:
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 - pages
    return wanted if wanted in numbers else (numbers[0] if numbers else 1)


@require_safe
@door
def picture(request: HttpRequest, share: Share, key: str, pk: int, number: int) -> HttpResponseBase:
    """A page as a picture, with the guest's name across it where it is wanted."""
    found, one = admitted(request, share, key), _item(share, pk)
    image = None
    if found is not None and one is not None and number < 2**15:
        image = PageImage.objects.filter(version=one.material.current_id, number=number).first()
    if found is None or image is None:
        return gone(request, HTTPStatus.NOT_FOUND)
    return guest_files.picture(image, found.mark if share.watermark else "")


@require_safe
@door
def download(request: HttpRequest, share: Share, key: str, pk: int) -> HttpResponseBase:
    """The file, if it may be taken along; a PDF with the guest's name where that is wanted."""
    found, one = admitted(request, share, key), _item(share, pk)
    if found is None:
        return redirect("library:guest", key)
    if one is None or not guest_files.may_download(share, one.material.current):
        return gone(request, HTTPStatus.NOT_FOUND)
    version = one.material.current
    try:
        answer = guest_files.download(version, found.mark if share.watermark else "")
    except Unmarkable as refusal:
        context = {"row": share, "words": str(refusal), **_common()}
        status = HTTPStatus.CONFLICT
        return TemplateResponse(request, "library/public_gone.html", context, status=status)
    if found.visit is not None and request.method == "GET":
        services.took(found.visit, version, at=timezone.now())
    return answer


@csrf_exempt  # sent while the page is left; the cookie is of this address only
@require_POST
@door
def seconds(request: HttpRequest, share: Share, key: str) -> HttpResponseBase:
    """How long a page was in view. What cannot be is dropped without a word."""
    form, found = SecondsForm(request.POST), admitted(request, share, key)
    if form.is_valid() and found is not None and found.visit is not None:
        said = form.cleaned_data
        one = _item(share, said["item"])
        if one is not None:
            services.stay(
                found.visit, one.material.current, page=said["page"], seconds=said["seconds"],
                at=timezone.now(),
            )  # fmt: skip
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def gone(request: HttpRequest, status: int, share: Share | None = None) -> HttpResponse:
    """The link never was, is over, or shows this file no longer; said kindly, with whom to ask."""
    context = {"row": share, **_common()}
    return closed(TemplateResponse(request, "library/public_gone.html", context, status=status))


def _common() -> dict[str, Any]:
    return {"company": settings.COMPANY_NAME}
