"""What every API resource shares: permissions that must be declared, problem details, keyset pages,
unknown keys refused."""

import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, OperationalError
from django.db.models import Model
from django.http import Http404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import DataAndFiles, MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle

from kit.refusals import BadFields
from kit.uploads import UploadRefused, refusal_of

if TYPE_CHECKING:  # at run time REST framework is still loading when it asks for this module
    from rest_framework.views import APIView

M = TypeVar("M", bound=Model)
log = logging.getLogger(__name__)


class Conflict(exceptions.APIException):
    """The thing is not in a state that allows this."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Refused(exceptions.APIException):
    """Well-formed, but it cannot be done."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "refused"


class DeclaredPermission(BasePermission):
    """Default-deny: a view names a permission for each of its actions in `permissions`.

    The keys are action names (or methods, for plain views); a missing key refuses everybody.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        declared: Mapping[str, str] = getattr(view, "permissions", {})
        key = getattr(view, "action", None) or (request.method or "").lower()
        name = declared.get(key)
        return name is not None and request.user.has_perm(name)


class KeysetPagination(CursorPagination):
    """Cursor pages, newest first unless the view says `ordering`; the size is capped."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-pk"


class FilesParser(MultiPartParser):
    """multipart/form-data; a file that was dropped for its size refuses the whole body."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        found: DataAndFiles[Any, Any] = super().parse(stream, media_type, parser_context)
        dropped = refusal_of(getattr(stream, "_request", stream))
        if dropped is not None:
            raise dropped
        return found


class StrictFilters(DjangoFilterBackend):
    """A query parameter that no filter knows is refused instead of ignored."""

    always: ClassVar[frozenset[str]] = frozenset({"cursor", "page_size", "format"})

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset = self.get_filterset(request, queryset, view)
        known = self.always | (set(filterset.filters) if filterset is not None else set())
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "There is no such filter."))
        if "\0" in "".join(map(str, request.query_params.values())):
            raise serializers.ValidationError({"detail": "Null characters are not allowed."})
        return super().filter_queryset(request, queryset, view)


class PersonThrottle(UserRateThrottle):
    """So many calls in each minute (or other span) of the clock: one counter, no list of calls."""

    scope = "person"
    num_requests: int | None
    duration: int | None
    left = 0.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        if self.rate is None or not self.num_requests or not self.duration:
            return True
        span, self.left = divmod(time.time(), self.duration)
        key = f"{self.get_cache_key(request, view)}:{int(span)}"
        counters = caches["counters"]
        counters.add(key, 0, self.duration + 1)
        try:
            return int(counters.incr(key)) <= self.num_requests
        except ValueError:  # it ran out between the two
            return True

    def wait(self) -> float | None:
        """Seconds until the next span begins."""
        return float((self.duration or 0) - self.left)


class _Strict:
    """Refuses keys that it does not know, and keys that cannot be written."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            fields: Mapping[str, serializers.Field[Any, Any, Any, Any]] = self.fields  # type: ignore[attr-defined]
            writable = {name for name, field in fields.items() if not field.read_only}
            unknown = sorted(str(key) for key in set(data) - writable)
            if unknown:
                raise serializers.ValidationError(
                    dict.fromkeys(unknown, "This key is not known here.")
                )
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(_Strict, serializers.Serializer[Any]):
    pass


class StrictModelSerializer(_Strict, serializers.ModelSerializer[M]):
    pass


def problem_details(fault: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001
    """Every refusal as RFC 9457 problem details: type, title, status, detail, errors."""
    refusal = _as_refusal(fault)
    if refusal is None:
        return None
    response = Response(_body(refusal), status=refusal.status_code)
    response.content_type = "application/problem+json"
    wait = getattr(refusal, "wait", None)
    if wait is not None:
        response["Retry-After"] = str(int(wait) + 1)
    elif refusal.status_code == status.HTTP_503_SERVICE_UNAVAILABLE:
        response["Retry-After"] = "3"
    if getattr(refusal, "auth_header", None):
        response["WWW-Authenticate"] = refusal.auth_header  # type: ignore[attr-defined]
    return response


def _as_refusal(fault: Exception) -> exceptions.APIException | None:
    """What Django and the database raise, in DRF's terms; None for the unexpected."""
    known = {Http404: exceptions.NotFound, PermissionDenied: exceptions.PermissionDenied}
    if type(fault) in known:
        return known[type(fault)]()
    if isinstance(fault, UploadRefused):
        refused = exceptions.APIException(str(fault), fault.code)
        refused.status_code = fault.status
        return refused
    if isinstance(fault, DjangoValidationError | BadFields):
        return _invalid(fault)
    if isinstance(fault, OperationalError):
        busy = exceptions.APIException(
            "The database is busy. Nothing was saved; try again in a few seconds.", "busy"
        )
        busy.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
        return busy
    if isinstance(fault, IntegrityError):  # two at once: the database decided who was first
        rule = getattr(getattr(fault.__cause__, "diag", None), "constraint_name", None) or "a rule"
        log.warning("refused by the database: %s", rule)
        return Conflict(f"This would break {rule}. Nothing was saved.")
    return fault if isinstance(fault, exceptions.APIException) else None


def _invalid(fault: DjangoValidationError | BadFields) -> exceptions.APIException:
    if isinstance(fault, DjangoValidationError):
        return serializers.ValidationError(fault.messages)
    named = {field or "non_field_errors": [words] for field, words in fault.problems.items()}
    return serializers.ValidationError(named)


def _body(fault: exceptions.APIException) -> dict[str, Any]:
    codes = fault.get_codes()
    body: dict[str, Any] = {
        "type": codes if isinstance(codes, str) else "invalid",
        "title": type(fault).__name__,
        "status": fault.status_code,
    }
    if isinstance(fault.detail, dict | list):
        body["detail"] = "Some of what you sent cannot be used."
        body["errors"] = fault.detail
    else:
        body["detail"] = str(fault.detail)
    return body


def parsed(request: Request, kind: type[StrictSerializer], *, partial: bool = False) -> Any:
    """What a step was sent, checked."""
    form = kind(data=request.data, partial=partial)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


@extend_schema_field({"type": "string", "example": "09:00:00"})
class WallTime(serializers.TimeField):
    """A time on somebody's own clock; the "time" of JSON schema would ask for an offset."""
