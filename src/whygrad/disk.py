"""Writing files whole: either the old content is there or the new one, whatever happens."""

from __future__ import annotations

import os
from pathlib import Path

from whygrad.errors import ConfigError


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Replaces a file: written beside it, brought to the disk, then renamed.

    Raises ConfigError where it cannot be written (no such folder, no right, a full disk); what was
    there before is then untouched.
    """
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigError(
            f"{str(path)!r} cannot be written.", why=error.strerror or str(error)
        ) from None


def sync_folder(folder: Path) -> None:
    """Brings a folder's list of files to the disk, where the system can."""
    try:
        handle = os.open(folder or ".", os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems cannot
    finally:
        os.close(handle)
