"""Static files under names that carry their hash."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class PortalStaticFiles(CompressedManifestStaticFilesStorage):
    """Falls back to the plain name where nothing was collected (development and tests)."""

    manifest_strict = False
