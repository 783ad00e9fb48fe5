"""What was just created and cannot be seen yet: by its id (H14) or in lists (H15)."""

import json
from typing import Any

from aiohttp import web

from m365backup_tui.practice.faults.known import Fault


class Newborn:
    """How many reads each new object stays out of sight. Ids are compared without regard to case."""

    def __init__(self) -> None:
        self._hidden: dict[str, int] = {}
        self._unlisted: dict[str, int] = {}

    def born(self, path: str, response: web.Response, fault: Fault) -> bool:
        """Note what this 201 created, for the fault's number of reads; False when it is no 201."""
        body = document_of(response)
        if response.status != 201 or not isinstance(body, dict):
            return False
        key = str(body.get("id") or path).lower().rstrip("/")
        store = self._hidden if fault["id"] == "H14" else self._unlisted
        store[key] = int(fault["reads"])
        return True

    def hidden(self, path: str) -> bool:
        """Whether a read of this path finds nothing yet; counts the read."""
        asked = path.lower().rstrip("/")
        segments = set(asked.split("/"))
        for key, left in self._hidden.items():
            # An Azure id is a path of its own, a Graph id one segment of it.
            if key in segments or asked == key or asked.startswith(f"{key}/"):
                if left == 1:
                    del self._hidden[key]
                else:
                    self._hidden[key] = left - 1
                return True
        return False

    def unlist(self, response: web.Response) -> bool:
        """Take what is too new out of a list; False when nothing of it was there."""
        body = document_of(response) if self._unlisted else None
        items = body.get("value") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(items, list):
            return False
        seen = [key for item in items if (key := _id(item)) in self._unlisted]
        if not seen:
            return False
        body["value"] = [item for item in items if _id(item) not in self._unlisted]
        if isinstance(body.get("@odata.count"), int):
            body["@odata.count"] -= len(seen)
        response.body = json.dumps(body).encode()
        for key in set(seen):
            self._unlisted[key] -= 1
            if not self._unlisted[key]:
                del self._unlisted[key]
        return True


def document_of(response: web.Response) -> Any:
    """The JSON of an answer, None when it carries none."""
    raw = response.body
    if not isinstance(raw, bytes) or not raw or not response.content_type.endswith("json"):
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _id(item: Any) -> str:
    return str(item.get("id", "")).lower().rstrip("/") if isinstance(item, dict) else ""
