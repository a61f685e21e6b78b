"""Write files so that nothing is ever half there."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.console import writable


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there completely or as it was; one that says so already is not touched."""
    content = writable(text).encode()
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.writing")
    draft.write_bytes(content)
    os.replace(draft, path)


def write_once(path: Path, text: str) -> None:
    """Write a file that only its owner can read, completely, unless there is one: then that stays."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.writing")
    with open(draft, "w", encoding="utf-8", opener=_private) as file:
        file.write(text)
    os.replace(draft, path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
