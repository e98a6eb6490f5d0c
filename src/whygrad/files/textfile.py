"""Text files of users: UTF-8 with or without a byte-order mark; anything else is named.

What comes out of a spreadsheet is read in the other encodings, too, that one saves in.
"""

from __future__ import annotations

from pathlib import Path

from whygrad.errors import ConfigError

LARGEST = 64 * 2**20
UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its byte-order marks


def read_text(path: Path, hint: str = "", spreadsheet: bool = False) -> str:
    """The text of a file; spreadsheet: in UTF-16 with a byte-order mark or in GB18030 (GBK), too.

    Raises ConfigError: missing, unreadable, too large, in another encoding.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise ConfigError(f"{path} is too large to be read as text.", given="over 64 MiB")
        raw = path.read_bytes()
        return from_spreadsheet(raw, str(path)) if spreadsheet else decoded(raw, str(path))
    except FileNotFoundError:
        raise ConfigError(f"There is no file {str(path)!r}.", hint=hint) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{str(path)!r} cannot be read.", why=reason) from None


def from_spreadsheet(raw: bytes, name: str) -> str:
    """The text of bytes as Excel saves them: UTF-8, UTF-16 with its mark, or GB18030."""
    if raw[:2] in UTF_16:
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030") if _reads_as(raw, "gb18030") else decoded(raw, name)


def decoded(raw: bytes, name: str) -> str:
    """The text of bytes in UTF-8."""
    if raw[:2] in UTF_16:
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
