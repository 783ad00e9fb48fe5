"""GUIDs as they come in requests."""

import re

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_guid(text: object) -> bool:
    """Whether it is the text of a GUID in the usual spelling, in any case."""
    return isinstance(text, str) and _GUID.fullmatch(text) is not None
