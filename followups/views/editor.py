"""The editor of rules: written, previewed on a real thing, tried on last month, saved."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from followups import services, texts
from followups.forms_rules import Editor, Typed, blank, changed, kind_of, of_rule, typed
from followups.models import Rule
from followups.planning import Plan
from followups.queries import rules as queries
from followups.queries.lists import dress
from followups.views.common import as_mail, rules, shown
from journal.idempotency import form_once
from people.doors import me

MONTH: Final = timedelta(days=30)
LOOKS: Final = ("look", "try")
UNFIT: Final = HTTPStatus.UNPROCESSABLE_ENTITY


@require_http_methods(["GET", "HEAD", "POST"])
@rules
def new(request: HttpRequest) -> HttpResponse:
    """From blank, or a copy of another (?from=3)."""
    if request.method == "POST":
        return _work(request, None)
    key = request.GET.get("from", "")
    known = key.isascii() and key.isdecimal() and len(key) <= 18  # noqa: PLR2004 - bigint
    row = Rule.objects.filter(pk=int(key)).first() if known else None
    said = blank() if row is None else of_rule(row, queries.steps_of(row))
    if row is not None:
        said.head["name"] = f"Copy of {row.name}"[:120]
    return _page(request, None, said, bound=False)


@require_http_methods(["GET", "HEAD", "POST"])
@rules
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Rule.objects.select_related("changed_by"), pk=pk)
    if request.method == "POST":
        return _work(request, row)
    said = of_rule(row, queries.steps_of(row))
    return _page(
        request, row, said, bound=False, prefilled=_without(said, request.GET.get("without", ""))
    )


def _without(said: Typed, number: str) -> list[str]:
    """A step that an address takes out (?without=2) of a rule of several; nothing is saved by it."""
    n = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 0  # noqa: PLR2004
    if not 1 <= n <= len(said.steps) or len(said.steps) < 2:  # noqa: PLR2004 - one must stay
        return []
    del said.steps[n - 1]
    return [f"without step {n}"]


def _work(request: HttpRequest, row: Rule | None) -> HttpResponse:
    """Every button of the form comes here; nothing that was typed is lost."""
    said, act = typed(request.POST), request.POST.get("act", "save")
    if act == "save":
        return _save(request, row, said)
    if act in LOOKS:
        return _tried(request, row, said, act)
    changed(said, act)
    return _page(request, row, said, bound=False)


def _save(request: HttpRequest, row: Rule | None, said: Typed) -> HttpResponse:
    editor = Editor.of(said)
    if not editor.sound:
        return _page(request, row, said, status=UNFIT)

    def effect() -> str:
        saved = services.save(row, editor.wording(), by=me(request), at=timezone.now())
        return reverse("followups:rule", args=[saved.pk])

    try:
        target = form_once(request, effect)
    except services.Unsound as refusal:
        return _page(request, row, said, status=UNFIT, refused=str(refusal))
    words = (
        "Saved. What is scheduled follows the new wording."
        if row
        else "Made. Switch it on when you are ready."
    )
    messages.success(request, words)
    return redirect(target)


def _tried(request: HttpRequest, row: Rule | None, said: Typed, act: str) -> HttpResponse:
    """How it reads, or what it would have done: of what is typed, saved or not."""
    editor = Editor.of(said)
    if not editor.sound:
        return _page(request, row, said, status=UNFIT)
    plan = Plan.of(*services.unsaved(editor.wording()))
    found = _glances(request, plan) if act == "look" else {"trial": _trial(plan)}
    return _page(request, row, said, **found)


def _trial(plan: Plan) -> services.Trial:
    now = timezone.now()
    found = services.try_out(plan, since=now - MONTH, until=now)
    found.reasons = found.stopped.most_common()  # type: ignore[attr-defined]
    found.rows = [_example(one) for one in found.examples]  # type: ignore[attr-defined]
    dress(found.rows, names={"": plan.rule.name})  # type: ignore[attr-defined]
    return found


def _example(row: Any) -> dict[str, Any]:
    names = ("step", "status", "recipient", "recipient_name", "due_at", "reason", "stop_reason", "account_id",
             "subject_type", "subject_id", "rule")  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _glances(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    """The mails as one real thing would make them, to whom and when."""
    pk = _thing(request, plan)
    thing = plan.kind.load({pk}).get(pk) if pk is not None else None
    if thing is None or pk is None:
        return {"nothing": "There is no such thing. Choose one of the list, or give its number."}
    event = queries.last_events(plan.kind.label, [pk], plan.rule.actions).get(pk)
    found = services.glance(plan, thing, event=event, at=timezone.now())
    shows = [
        (one, as_mail(one.body, author=one.sender, contact=one.reader.contact) if one.body else "")
        for one in found
    ]
    return {
        "glances": shows,
        "thing": str(thing)[:120],
        "event": event,
        "over": plan.kind.over(thing),
    }


def _thing(request: HttpRequest, plan: Plan) -> int | None:
    number = request.POST.get("number", "").replace("\0", "").strip()[:60]
    if number:
        return queries.thing_by_number(plan.kind.label, number)
    said = request.POST.get("thing", "")[:18]
    if said.isascii() and said.isdecimal():
        return int(said)
    found = queries.things(plan.kind, plan.rule.actions)
    return found[0].pk if found else None


def _page(
    request: HttpRequest, row: Rule | None, said: Typed, *, bound: bool = True,
    status: int = 200, **extra: Any,
) -> HttpResponse:  # fmt: skip
    about = kind_of(said)
    found = queries.things(about, said.head["actions"])
    keys = queries.event_keys(found)
    editor = Editor.of(said, keys, bound=bound)
    context = {
        "rule": row, "editor": editor, "kind": about, "things": found,
        "problems": editor.problems() if bound else [], "variables": _variables(about),
        "thing_chosen": request.POST.get("thing", ""), "number": request.POST.get("number", "")[:60],
        **extra,
    }  # fmt: skip
    template = "followups/editor.html"
    if request.headers.get("X-Part") == "preview":  # while somebody types, an open end is no error
        return TemplateResponse(request, f"{template}#preview", context)
    return shown(request, template, context, status=status)


def _variables(about: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """[(group, [(what is written, what it is)])]"""
    groups = {
        about.word: about.name,
        "reader": "The reader",
        "sender": "The sender",
        "link": "The link",
    }
    return [
        (groups.get(name, name), [
            (f"{{{{ {name}.{one} }}}}" if one else f"{{{{ {name} }}}}", label) for one, label in fields.items()
        ])
        for name, fields in texts.variables(about).items()
    ]  # fmt: skip
