"""The secret key of a portal that nobody configured: made once, kept beside its data."""

import os
import secrets
from pathlib import Path


def local_key(data_dir: Path) -> str:
    """Read the key from `data_dir`, or make one that only the owner can read."""
    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        spare = data_dir / f"secret-key.{os.getpid()}"
        spare.touch(mode=0o600)
        spare.write_text(secrets.token_urlsafe(50))
        try:
            os.link(spare, path)  # only the first of two racing commands wins
        except FileExistsError:
            pass
        finally:
            spare.unlink()
    return path.read_text()
