"""An export as one file."""

import tempfile
import zipfile

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404

from kpis.export import services
from kpis.export.models import Export


def archive(pk: int) -> FileResponse:
    """The files are compressed already, so they are only put together."""
    row = get_object_or_404(Export, pk=pk, status=Export.Status.DONE)
    folder = services.folder_of(row)
    if not folder.is_dir():
        raise Http404("The files of this export are gone.")
    # Beside the exports: /tmp may be memory. It has no name, and goes when the response is closed.
    target = tempfile.TemporaryFile(dir=folder.parent)  # noqa: SIM115
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as whole:
        for path in sorted(folder.iterdir()):
            whole.write(path, f"{row.folder}/{path.name}")
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"facts-{row.folder}.zip")
