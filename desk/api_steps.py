"""More steps of a request by the API: given, tagged, ticked, split, followed, changed, rated."""

from typing import Any

from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from desk import services
from desk.models import SalesRequest
from desk.serializers import guard
from desk.serializers_steps import (
    EditSerializer,
    GiveSerializer,
    PrioritySerializer,
    RatingSerializer,
    SplitSerializer,
    TagsSerializer,
    TickSerializer,
    TurnSerializer,
    WatchSerializer,
)
from desk.services import editing, many
from kit.api import Conflict, Refused, parsed
from people.doors import me
from people.models import Party, User

STEP_PERMISSIONS = {
    "assign": "desk.claim_salesrequest", "tags": "desk.work_queue", "tick": "desk.work_queue",
    "split": "desk.work_queue", "watch": "desk.view_salesrequest", "edit": "desk.add_salesrequest",
    "rate": "desk.add_salesrequest", "turn": "desk.work_queue", "priority": "desk.work_queue",
}  # fmt: skip


class StepsMixin:
    """Each takes a row that the caller may see, and answers with the row as it is then."""

    def _do(self, request: Request, serializer: Any, act: Any) -> Response:
        row: SalesRequest = self.get_object()  # type: ignore[attr-defined]
        said = parsed(request, serializer)
        guard(lambda: act(row, me(request), said, timezone.now()))
        return self._say(row)  # type: ignore[attr-defined, no-any-return]

    @action(detail=True, methods=["post"], serializer_class=GiveSerializer)
    def assign(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Give it to a colleague; the reason stands on the request."""
        return self._do(request, GiveSerializer, _assign)

    @action(detail=True, methods=["post"], serializer_class=TagsSerializer)
    def tags(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Add and take away tags."""
        return self._do(request, TagsSerializer, _tags)

    @action(detail=True, methods=["post"], serializer_class=TickSerializer)
    def tick(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Tick a step of the checklist, or take the tick back."""
        return self._do(request, TickSerializer, _tick)

    @action(detail=True, methods=["post"], serializer_class=TurnSerializer)
    def turn(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Say whose turn it is: the desk's, the rep's or the customer's."""
        return self._do(request, TurnSerializer, _turn)

    @action(detail=True, methods=["post"], serializer_class=PrioritySerializer)
    def priority(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Change the priority; what is left of the promise moves with it."""
        return self._do(request, PrioritySerializer, _priority)

    @action(detail=True, methods=["post"], serializer_class=WatchSerializer)
    def watch(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Follow it, or stop following."""
        return self._do(request, WatchSerializer, _watch)

    @action(detail=True, methods=["post"], serializer_class=RatingSerializer)
    def rate(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """What the one who asked thinks of the answer."""
        return self._do(request, RatingSerializer, _rate)

    @action(detail=True, methods=["post"], serializer_class=SplitSerializer)
    def split(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """A part becomes a request of its own; the answer is that request."""
        row: SalesRequest = self.get_object()  # type: ignore[attr-defined]
        said = parsed(request, SplitSerializer)
        part = guard(lambda: services.split(row, by=me(request), at=timezone.now(), **said))
        return self._say(part)  # type: ignore[attr-defined, no-any-return]

    @action(detail=True, methods=["post"], serializer_class=EditSerializer)
    def edit(self, request: Request, pk: str) -> Response:  # noqa: ARG002
        """Change what it says; 409 with the differences if somebody did since `version`."""
        row: SalesRequest = self.get_object()  # type: ignore[attr-defined]
        self._mine(row)  # type: ignore[attr-defined]
        said = parsed(request, EditSerializer)
        fields = {
            name: said.get(name, getattr(row, name))
            for name in ("subject", "account", "wanted_on", "data", "priority")
        }
        try:
            guard(
                lambda: editing.change(
                    row, version=said["version"], by=me(request), at=timezone.now(), **fields
                )
            )
        except editing.Moved as refusal:
            raise Conflict(
                {"changed": [list(line) for line in refusal.moved]}, "changed"
            ) from refusal
        except services.BadAnswers as refusal:
            raise Refused({"data": refusal.problems}) from refusal
        return self._say(row)  # type: ignore[attr-defined, no-any-return]


def _assign(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    services.assign(row, said["to"], by=by, at=now, why=said["why"])


def _tags(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    many.tag([row.pk], add=said["add"], remove=said["remove"], by=by, at=now)


def _tick(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    services.tick(row, by=by, at=now, **said)


def _turn(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    services.give_custody(row, Party(said["party"]), by=by, at=now)


def _priority(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    services.set_priority(row, priority=said["priority"], by=by, at=now)


def _watch(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    (services.unwatch if said["stop"] else services.watch)(row, by, by=by, at=now)


def _rate(row: SalesRequest, by: User, said: dict[str, Any], now: Any) -> None:
    services.rate(row, by=by, at=now, **said)
