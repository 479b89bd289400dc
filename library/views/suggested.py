"""Material that fits what somebody works on: a slot of its page, or a page by itself."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from comms.pages import subject_page
from journal.idempotency import form_once
from library import queries, services
from library.models import Share
from library.queries.subjects import may_attach, page_of
from library.views.doors import CONFLICTS, SEES, SHARES, VIEW, is_htmx, material, subject
from people.doors import me


@require_safe
@permission_required(VIEW, raise_exception=True)
def slot(request: HttpRequest, subject_type: str, subject_id: int) -> HttpResponse:
    """What fits, why, and what was shared already."""
    row, user, now = subject(request, subject_type, subject_id), me(request), timezone.now()
    shared = Share.objects.visible_to(user).filter(subject_type=subject_type, subject_id=subject_id)
    context = {
        "subject": row, "about": subject_type, "subject_url": page_of(subject_type, subject_id),
        "suggested": queries.suggest_for(row, at=now), "may_attach": may_attach(user, row),
        "may_share": user.has_perm(SHARES),
        "shares": queries.share_lines(shared, now)[:5] if user.has_perm(SEES) else [],
    }  # fmt: skip
    template = "library/suggested.html" if is_htmx(request) else "library/for.html"
    return TemplateResponse(request, template, context)


@require_POST
@permission_required(VIEW, raise_exception=True)
def attach(request: HttpRequest, subject_type: str, subject_id: int, pk: int) -> HttpResponse:
    """Put it beside the message that one writes there."""
    about, row = subject(request, subject_type, subject_id), material(pk)
    if not may_attach(me(request), about):
        raise Http404

    def effect() -> str:
        services.attach(row, about, by=me(request), at=timezone.now())
        return subject_page(subject_type, subject_id)

    try:
        target = form_once(request, effect)
    except CONFLICTS as refusal:
        messages.error(request, str(refusal))
        return redirect(reverse("library:suggested", args=[subject_type, subject_id]))
    messages.success(request, f"“{row.title}” goes along with your next message here.")
    return redirect(target)
