"""One fixed environment for every screen test, made before Textual is imported anywhere here."""

from __future__ import annotations

import os

# Textual reads its switches once, at import; NO_COLOR or TEXTUAL_THEME in the developer's shell
# would change every picture (reference/terminal.md §9.2).
# TEXTUAL_SNAPSHOT_* are the snapshot plugin's own.
for _name in list(os.environ):
    ours = _name.startswith("TEXTUAL_") and not _name.startswith("TEXTUAL_SNAPSHOT_")
    if ours or _name in {"NO_COLOR", "COLORTERM"}:
        del os.environ[_name]
os.environ.update({"TZ": "UTC", "LC_ALL": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"})
