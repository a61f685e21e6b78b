"""What is kept of what a cell puts out: text and pictures, nothing live, and no more than a page can show.

Both ends of the wire see to it: the student's, so that what it sends fits, and the judge's, since the other may lie.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator

from autograder.console import writable

#: Characters that are kept of a text, of what an error says, of its name, and of all that one cell displays; displays
#: of one cell.
MAX_TEXT, MAX_SAID, MAX_NAME, MAX_DISPLAYED, MAX_DISPLAYS = 20_000, 2_000, 200, 600_000, 50
#: What a PNG begins with, and the most points that one may have.
PNG, MAX_PIXELS = b"\x89PNG\r\n\x1a\n", 50_000_000


def clipped(text: object, most: int = MAX_TEXT) -> str:
    """As much of a text as is kept."""
    return writable(str(text)[:most])


def displayable(displays: Iterable[dict]) -> tuple[dict, ...]:
    """What a page can show of what a cell displayed: pictures while there is room for them, and texts."""
    return tuple(_within(list(displays)[:MAX_DISPLAYS], MAX_DISPLAYED))


def _within(displays: list[dict], room: int) -> Iterator[dict]:
    for data in displays:
        kept = {"text/plain": clipped(data.get("text/plain", ""), min(MAX_TEXT, room))}
        room -= len(kept["text/plain"])
        picture = str(data.get("image/png", ""))
        if len(picture) <= room and picture.isascii() and _can_be_drawn(picture):
            kept["image/png"] = picture
            room -= len(picture)
        yield kept


def _can_be_drawn(picture: str) -> bool:
    """Whether it is the base64 text of a PNG, of a size that a page can show."""
    try:
        head = base64.b64decode(picture[:32], validate=True)
        width, height = struct.unpack(">16xII", head)
    except (ValueError, struct.error):
        return False
    return head.startswith(PNG) and width * height <= MAX_PIXELS
