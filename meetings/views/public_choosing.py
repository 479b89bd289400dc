"""Times offered to a guest: one click takes one. The click is a form, never a link."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from comms.services import Unsendable
from meetings.forms_guest import ChooseForm, NoneForm
from meetings.models import GuestLink, IllegalMove, Proposal
from meetings.months import hours_of
from meetings.services import guest_links, proposing
from meetings.services.refusals import BadMeeting, LinkGone, ProposalClosed, SlotTaken
from meetings.views import public
from meetings.views.public_guest import knows_zone, once, reader
from meetings.words import moment_in


@public.without_account
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, key: str) -> HttpResponse:
    """The times, in the guest's zone; what was chosen, once one is; a way to say that none suits."""
    link = guest_links.find(key, at=timezone.now())
    if link is None:
        return public.unknown(request)
    guest = reader(request, link)
    if request.method != "POST":
        return _page(request, link, guest)
    return _none(request, link, guest) if "none" in request.POST else _take(request, link, guest)


def _take(request: HttpRequest, link: GuestLink, guest: public.Guest) -> HttpResponse:
    w, form = guest.words, ChooseForm(guest.words, request.POST)
    if not form.is_valid():
        return _page(request, link, guest, status=422, problem=w.wrong_choice)
    starts_at = form.cleaned_data["starts_at"]
    try:
        once(
            request, link,
            lambda: proposing.choose(link, starts_at=starts_at, at=timezone.now()),
        )  # fmt: skip
    except LinkGone:
        return public.unknown(request)
    except (ProposalClosed, IllegalMove):  # the page says what became of the times
        return _page(request, link, guest, status=HTTPStatus.CONFLICT)
    except (SlotTaken, BadMeeting):
        passed = starts_at <= timezone.now()
        problem = w.wrong_passed if passed else w.wrong_taken
        return _page(request, link, guest, status=HTTPStatus.CONFLICT, problem=problem)
    return redirect(guest.url())


def _none(request: HttpRequest, link: GuestLink, guest: public.Guest) -> HttpResponse:
    form = NoneForm(guest.words, request.POST)
    if not form.is_valid():
        return _page(request, link, guest, status=422, none=form)
    said = form.cleaned_data["words_said"]
    try:
        once(request, link, lambda: proposing.none_suits(link, words=said, at=timezone.now()))
    except LinkGone:
        return public.unknown(request)
    except ProposalClosed:
        return _page(request, link, guest, status=HTTPStatus.CONFLICT)
    except Unsendable as refusal:
        form.add_error("words_said", str(refusal))
        return _page(request, link, guest, status=422, none=form)
    return redirect(f"{guest.url()}{'&' if guest.said else '?'}thanks=1")


def _page(
    request: HttpRequest, link: GuestLink, guest: public.Guest, *, status: int = 200,
    problem: str = "", none: NoneForm | None = None,
) -> HttpResponse:  # fmt: skip
    row, w, now = link.attendee.meeting, guest.words, timezone.now()
    proposal = proposing.latest(row)
    if proposal is None:
        return public.unknown(request)
    kept = proposing.is_kept(proposal, at=now)
    starts = [time.starts_at for time in proposal.times.all() if time.starts_at > now]
    form = none or NoneForm(w)
    context: dict[str, Any] = {
        "meeting": row, "proposal": proposal, "kept": kept, "problem": problem,
        "hours": hours_of(sorted(starts), zone=guest.zone, words=w) if kept else [],
        "length": w.minutes.format(n=row.minutes), "place": public.place_of(row, w),
        "hint": w.choose_hint.format(company=settings.COMPANY_NAME),
        "until": w.choose_until.format(moment=moment_in(w, proposal.expires_at, guest.zone)),
        "none": public.rows(form), "saying_none": form.is_bound, "thanks": "thanks" in request.GET,
        "own": guest_links_path(request), "zone_known": knows_zone(link.attendee), **_chosen(proposal, guest),
    }  # fmt: skip
    return public.answer(request, "choose", guest, status=status, **context)


def guest_links_path(request: HttpRequest) -> str:
    """The same key opens the page of the meeting."""
    return request.path.replace("/choose/", "/m/", 1)


def _chosen(proposal: Proposal, guest: public.Guest) -> dict[str, str]:
    if proposal.state != Proposal.State.TAKEN or proposal.chosen_starts_at is None:
        return {"chosen": ""}
    by = proposal.chosen_by.name if proposal.chosen_by else ""
    return {
        "chosen": moment_in(guest.words, proposal.chosen_starts_at, guest.zone),
        "chosen_by": guest.words.chosen_by.format(name=by) if by else "",
    }
