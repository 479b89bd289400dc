"""Which files on the disk belong to the library."""

from library.models import PageImage, Version


def holds_file(name: str) -> bool:
    """Whether a stored file is a version or a picture of a page (settings.FILE_HOLDERS)."""
    return (
        Version.objects.filter(stored_as=name).exists()
        or PageImage.objects.filter(stored_as=name).exists()
    )
