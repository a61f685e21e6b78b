"""When something was handed in, in the forms in which systems write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

#: Forms besides ISO 8601: Blackboard, Sakai and ILIAS, Brightspace, and what people and receipts write.
FORMS = (
    "%Y-%m-%d-%H-%M-%S",
    "%Y%m%d%H%M%S",
    "%Y%m%d%H%M%S%f",
    "%b %d, %Y %I%M %p",
    "%B %d, %Y %I%M %p",
    "%d %B, %Y %I%M %p",
    "%d %b, %Y %H%M",
    "%d %B, %Y %H%M",
    "%A, %B %d, %Y %I:%M:%S %p",
    "%A, %d %B %Y %H:%M:%S",
)
#: Zones that stand as letters, where these mean one thing; hours east of Greenwich.
ZONES = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "JST": 9,
    "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip


def moment(text: str) -> datetime | None:
    """A time as the gradebook keeps it, in UTC and without a zone; None if it cannot be read.

    A time without a zone is taken for UTC.
    """
    text, zone = _without_zone(text.strip())
    # Python takes any sign, a digit too, for the T in the middle.
    forms = [lambda text, form=form: datetime.strptime(text, form) for form in FORMS]
    for read in forms if text.isdecimal() else [_iso, *forms]:
        try:
            return as_utc(read(text), zone)
        except (ValueError, OverflowError):
            continue
    return None


def as_utc(time: datetime, zone: timezone = UTC) -> datetime:
    """A time in UTC, without a zone; `zone` is that of a time which says none."""
    return (time if time.tzinfo else time.replace(tzinfo=zone)).astimezone(UTC).replace(tzinfo=None)


def _iso(text: str) -> datetime:
    """ISO 8601, with more digits of a second than Python reads, and a blank before the zone."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    return datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text))


def _without_zone(text: str) -> tuple[str, timezone]:
    match = re.fullmatch(r"(.*[\dMm])\s*([A-Z]{1,4})", text)
    if match and match[2] in ZONES:
        return match[1], timezone(timedelta(hours=ZONES[match[2]]))
    return text, UTC


def duration(seconds: float) -> str:
    """How long, in the two largest units: `1 day 3 h`, `20 min`."""
    left, told = int(seconds), []
    for length, name in ((86400, "day"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, length)
        if number:
            told.append(f"{number} {name}{'s' if name == 'day' and number > 1 else ''}")
        elif told:
            break
    return " ".join(told[:2]) or "less than 1 s"
