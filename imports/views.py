"""Files that were brought in, and what became of them."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from imports.models import ImportRun


@require_safe
@permission_required("imports.run_imports", raise_exception=True)
def imports(request: HttpRequest) -> HttpResponse:
    """The last runs, newest first."""
    runs = ImportRun.objects.select_related("by").order_by("-pk")[:50]
    return TemplateResponse(request, "imports/imports.html", {"runs": runs})
