"""Text files of users: UTF-8 with or without a byte-order mark; anything else is named."""

from __future__ import annotations

from pathlib import Path

from whygrad.errors import ConfigError

LARGEST = 64 * 2**20


def read_text(path: Path, hint: str = "") -> str:
    """The text of a file. Raises ConfigError: missing, unreadable, too large, not UTF-8."""
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError(f"{path} is too large to be read as text.", given="over 64 MiB")
        return decoded(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise ConfigError(f"There is no file {str(path)!r}.", hint=hint) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{str(path)!r} cannot be read.", why=reason) from None


def decoded(raw: bytes, name: str) -> str:
    """The text of a file's bytes."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError(f"{name} is not UTF-8.", given="UTF-16", hint="save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        given = f"byte {raw[error.start]:#04x} at position {error.start}"
        if _reads_as(raw, "gb18030"):
            given = "it reads as GBK (GB18030)"
        raise ConfigError(f"{name} is not UTF-8.", given=given, hint="save it as UTF-8") from None


def _reads_as(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
