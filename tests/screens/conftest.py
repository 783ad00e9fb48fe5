"""One fixed environment for every screen test, made before Textual is imported anywhere here."""

from __future__ import annotations

import os

# Textual reads its switches once, at import; NO_COLOR or TEXTUAL_THEME in the developer's shell
# would change every picture (reference/terminal.md §9.2).
for _name in [n for n in os.environ if n in {"NO_COLOR", "COLORTERM"} or n.startswith("TEXTUAL_")]:
    del os.environ[_name]
os.environ.update({"TZ": "UTC", "LC_ALL": "C.UTF-8", "TEXTUAL_ANIMATIONS": "none"})
