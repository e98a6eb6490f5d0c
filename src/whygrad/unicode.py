"""Text from anywhere as text that can be written: JSON and file names may hold halves of signs."""

from __future__ import annotations

import re
from typing import Any

HALF = re.compile("[\ud800-\udfff]")  # half of a UTF-16 pair: no UTF-8 can write it
UNREADABLE = "\ufffd"


def whole(text: str) -> str:
    """The text, with the sign for an unreadable one where there is half of one."""
    return HALF.sub(UNREADABLE, text)


def whole_data(data: Any) -> Any:
    """Plain data with every text in it whole, the names of what it holds, too."""
    match data:
        case str():
            return whole(data)
        case dict():
            return {whole_data(key): whole_data(value) for key, value in data.items()}
        case list():
            return [whole_data(value) for value in data]
    return data
