"""How the API's schema reads a view: what an action answers, and which lists come in pages."""

from typing import Any

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """An action that changes a record answers with that record; its serializer says what is sent.
    Lists of actions come whole unless the action names its `pagination_class`."""

    def get_response_serializers(self) -> Any:
        chosen = self._chosen()
        if chosen is None or self.method == "GET" or "serializer_class" not in chosen:
            return super().get_response_serializers()
        own = getattr(type(self.view), "serializer_class", None)
        return super().get_response_serializers() if own is None else own

    def _get_paginator(self) -> Any:
        chosen = self._chosen()
        if chosen is not None and "pagination_class" not in chosen:
            return None
        return super()._get_paginator()  # type: ignore[no-untyped-call]

    def _chosen(self) -> dict[str, Any] | None:
        """What an action on a record was decorated with; None for list, create, update ..."""
        action: Any = getattr(self.view, getattr(self.view, "action", None) or "", None)
        return action.kwargs if getattr(action, "detail", False) else None
