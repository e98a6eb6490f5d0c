"""Writing files whole: either the old content is there or the new one, whatever happens."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
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


def write_folder(folder: str | os.PathLike[str], files: Mapping[str, bytes]) -> list[Path]:
    """Makes a folder with these files: written beside it, then renamed, so whole or not there.

    Raises ConfigError where a file or a folder that holds something stands there already, and where
    it cannot be written.
    """
    told, folder = Path(folder), Path(os.path.abspath(folder))
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise ConfigError(
            f"{str(told)!r} is there already.",
            why="nothing is written over",
            hint="another folder, or remove this one",
        )
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside.mkdir()
        for name, content in files.items():
            write_whole(beside / name, content)
        if folder.exists():
            folder.rmdir()
        os.replace(beside, folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise ConfigError(
            f"{str(told)!r} cannot be written.", why=error.strerror or str(error)
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return [told / name for name in files]
