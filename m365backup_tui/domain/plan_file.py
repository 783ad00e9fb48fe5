"""A plan as a file: saved by one person, applied by another, refused when it was changed or is of another kind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

KIND = "m365backup-tui plan"
VERSION = 1


class NotAPlan(ValueError):
    """The file is no plan of this program; the message says what it is, as a sentence."""


def dump(data: Mapping[str, Any], words: list[str]) -> str:
    """`data`: the plan as plain data; `words`: the same as text, for whoever opens the file."""
    body = {"kind": KIND, "version": VERSION, "text": words, "plan": data}
    return json.dumps({**body, "sha256": _digest(body)}, indent=1, ensure_ascii=False) + "\n"


def parse(text: str) -> Mapping[str, Any]:
    """The plan's data, brought up to this version. Raises NotAPlan."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise NotAPlan("It is no JSON file, so it is no saved plan.") from error
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise NotAPlan("It is no saved plan: `m365backup-tui plan FILE -o PLAN` makes one.")
    if found.get("version") != VERSION:
        raise NotAPlan("It was saved by another version: make the plan again.")
    told = found.pop("sha256", "")
    if told != _digest(found):
        raise NotAPlan("It was changed since it was saved: make the plan again.")
    plan = found.get("plan")
    if not isinstance(plan, dict):
        raise NotAPlan("Its plan is missing: make the plan again.")
    return plan


def looks_like_one(text: str) -> bool:
    """Whether a file is meant as a saved plan (and not as a policy file)."""
    return text.lstrip()[:1] == "{" and f'"{KIND}"' in text[:4096]


def _digest(body: Mapping[str, Any]) -> str:
    raw = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(raw.encode()).hexdigest()


_OLD_ACTS = ("add", "remove", "rename")


def upgrade(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan as records up to version 0.3 hold it: additions, removals and names were requests of their own, and the
    observed state was a digest, with which nothing can be compared any more."""
    found = dict(plan)
    if isinstance(found.get("observed"), str):
        found["observed"] = []
    found["writes"] = [_write(w) for w in found.get("writes") or ()]
    return found


def _write(write: Mapping[str, Any]) -> dict[str, Any]:
    act = write.get("act")
    if act not in _OLD_ACTS:
        return dict(write)
    new = {**write, "act": "change"}
    if act == "remove":
        new["removes"], new["units"] = write.get("units") or [], []
    return new
