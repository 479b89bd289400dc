"""The feed of a person, for calendar programs that know its secret address."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_safe

from kit.limits import limited
from meetings.services import feeds

AGE = "private, max-age=300"


@require_safe
@login_not_required
@limited
def feed(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar file, or nothing new; an unknown key and an old one look alike."""
    link, now = feeds.open_link(key), timezone.now()
    if link is None:
        return _closed(HttpResponse("There is no calendar here.", "text/plain", 404))
    body = feeds.feed_of(link.user, at=now)
    tag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    feeds.mark_fetched(link, at=now)
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(body, "text/calendar; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="meetings.ics"'
    answer["ETag"] = tag
    answer["Cache-Control"] = AGE
    return _closed(answer)


def _closed(answer: HttpResponse) -> HttpResponse:
    """No search engine keeps it, and no other site learns its address."""
    answer["X-Robots-Tag"], answer["Referrer-Policy"] = "noindex", "no-referrer"
    return answer
