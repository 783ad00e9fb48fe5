"""Which modules of the practice tenant say in a comment or docstring that something was chosen or is unverified."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

PRACTICE = Path(__file__).resolve().parents[2] / "m365backup_tui" / "practice"
# "pages.choice(...)" in an f-string is a call; a choice of persons is a field of a form.
_MARK = re.compile(r"UNVERIFIED|\bchoices?\b(?! of who)(?!\()", re.IGNORECASE)


def marked() -> set[str]:
    """`graph/sites` for practice/graph/sites.py, where it has such a mark."""
    return {
        file.relative_to(PRACTICE).with_suffix("").as_posix()
        for file in PRACTICE.rglob("*.py")
        if _is_marked(file.read_text(encoding="utf-8"))
    }


def _is_marked(source: str) -> bool:
    words = (tokenize.COMMENT, tokenize.STRING)
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return any(token.type in words and _MARK.search(token.string) for token in tokens)
