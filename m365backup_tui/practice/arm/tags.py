"""Tags: what a set of them may be, and the tags of any scope (`Microsoft.Resources/tags/default`).

Limits (50 tags, names to 512 and values to 256 characters, no < > % & \\ ? /) are general knowledge:
UNVERIFIED.
"""

from typing import Any

from m365backup_tui.practice.errors import ArmError

MOST = 50
LONGEST_NAME = 512
LONGEST_VALUE = 256
_FORBIDDEN = set("<>%&\\?/")


def read_tags(given: Any) -> dict[str, str]:
    """The tags of a request body. Raises 400 InvalidTagsFormat, InvalidTagName or TooManyTags."""
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise ArmError(400, "InvalidTagsFormat", "Tags are a set of names and texts.")
    if len(given) > MOST:
        raise ArmError(400, "TooManyTags", f"A scope has at most {MOST} tags.")
    seen: set[str] = set()
    for name, value in given.items():
        if not name or len(name) > LONGEST_NAME or _FORBIDDEN & set(name):
            raise ArmError(400, "InvalidTagName", f"The tag name '{name}' is not accepted.")
        if len(value) > LONGEST_VALUE:
            raise ArmError(400, "InvalidTagValue", f"The value of tag '{name}' is too long.")
        if name.lower() in seen:
            raise ArmError(400, "InvalidTagName", f"The tag name '{name}' appears twice.")
        seen.add(name.lower())
    return dict(given)


def merged(existing: dict[str, str], operation: str, given: dict[str, str]) -> dict[str, str]:
    """`Merge`, `Replace` or `Delete`, as a PATCH of the tags names it. Tag names ignore case."""
    if operation == "replace":
        return given
    names = {name.lower() for name in given}
    if operation == "delete":
        values = {name.lower(): value for name, value in given.items()}
        return {
            name: value
            for name, value in existing.items()
            if name.lower() not in names or values[name.lower()] not in ("", value)
        }
    kept = {name: value for name, value in existing.items() if name.lower() not in names}
    return read_tags({**kept, **given})
