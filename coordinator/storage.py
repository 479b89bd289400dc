"""Static files under names that carry their hash."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class PortalStaticFiles(CompressedManifestStaticFilesStorage):
    """Plain names where nothing was collected (development and tests)."""

    def stored_name(self, name: str) -> str:
        return super().stored_name(name) if self.hashed_files else name
