"""What is inside a backed-up site or OneDrive when somebody browses it: made up from the point's id.

A site has document libraries, a library folders and files, a folder more of both, three levels
deep. The same point always has the same content; nothing is stored.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

LIBRARIES = ("Documents", "Site Assets", "Contracts", "Shared Pictures")
_FOLDERS = ("2024", "2025", "2026", "Archive", "Drafts", "Finance", "Offers", "Projects", "Team")
_FILES = ("Agenda", "Budget", "Contact list", "Invoice", "Minutes", "Notes", "Offer", "Plan")
_ENDINGS = ("docx", "pdf", "pptx", "txt", "xlsx")
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One item. `path` is relative to the site ("" is the site itself); `count` what it holds."""

    path: str
    type: str
    size: int
    count: int

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def root(point_id: str, onedrive: bool) -> Item:
    """The site itself."""
    return Item("", "site", 0, len(_libraries(point_id, onedrive)))


def inside(point_id: str, item: Item, onedrive: bool) -> list[Item]:
    """What a site, library or folder holds, by name."""
    if item.type == "file":
        return []
    if item.type == "site":
        return [
            Item(name, "documentLibrary", 0, len(_members(point_id, name)))
            for name in _libraries(point_id, onedrive)
        ]
    return [
        Item(
            f"{item.path}/{name}",
            kind,
            size,
            0 if kind == "file" else len(_members(point_id, f"{item.path}/{name}")),
        )
        for name, kind, size in _members(point_id, item.path)
    ]


def at(point_id: str, path: str, onedrive: bool) -> Item | None:
    """The item of this path, None when there is none."""
    found = root(point_id, onedrive)
    if not path:
        return found
    walked = ""
    for part in path.split("/"):
        walked = f"{walked}/{part}" if walked else part
        inner = inside(point_id, found, onedrive)
        match = next((item for item in inner if item.path == walked), None)
        if match is None:
            return None
        found = match
    return found


def _libraries(point_id: str, onedrive: bool) -> list[str]:
    if onedrive:
        return ["Documents"]
    count = _rng(point_id).randint(1, len(LIBRARIES))
    return sorted(LIBRARIES[:count])


def _rng(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - made-up file names, not secrets


def _members(point_id: str, path: str) -> list[tuple[str, str, int]]:
    rng, level = _rng(f"{point_id}/{path}"), path.count("/") + 1
    folders = rng.sample(_FOLDERS, rng.randint(1, 4)) if level < DEEPEST else []
    files = {
        f"{rng.choice(_FILES)} {rng.randint(1, 40)}.{rng.choice(_ENDINGS)}"
        for _ in range(rng.randint(3, 60))
    }
    sized = [(name, "file", rng.randint(2_000, 9_000_000)) for name in sorted(files)]
    return sorted([*((name, "folder", 0) for name in folders), *sized])
