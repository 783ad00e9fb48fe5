"""What the YAML library complains about, in words for whoever wrote the file: the line to look at, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TAB = "There is a tab here: YAML is indented with spaces only."


def what_is_wrong(error: Any, lines: Sequence[str]) -> tuple[int, str]:
    """(line from 1, sentence) of a marked error of ruamel.yaml. `lines`: those of the file."""
    mark = error.problem_mark or error.context_mark
    at = mark.line if mark is not None else 0
    began = error.context_mark.line if error.context_mark is not None else at
    problem, context = str(error.problem or ""), str(error.context or "")
    line = lines[at] if at < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in problem:
        return at + 1, TAB
    if blank := odd_blank(line):
        return at + 1, blank
    if "single document" in context + problem:
        return at + 1, "A second document begins here (“---”): write one policy file, one document."
    if "unknown escape" in problem or "escape sequence" in problem:
        return at + 1, (
            "A backslash means something else inside double quotation marks: use single ones ('…')."
        )
    if "quoted scalar" in context:
        return began + 1, "The quotation mark that begins in this line is never closed."
    if "flow sequence" in context or "flow mapping" in context:
        return began + 1, (
            "The bracket that begins in this line is not closed, or a comma is missing in it."
        )
    if "flow node" in context:
        return at + 1, "A bracket that was opened above is not closed here, or a value is missing."
    if "block collection" in context or "block mapping" in context:
        return at + 1, (
            "This line does not fit the ones above it: indent it, by spaces, like those that it belongs with, "
            "and write one value a line."
        )
    if "cannot start any token" in problem or "directive" in context:
        first = line.split(": ")[-1].lstrip("- ")[:1]
        return at + 1, f"A value cannot begin with “{first}”: write it in quotation marks."
    if "mapping values are not allowed" in problem:
        return at + 1, (
            "A colon stands where none can be: check the indentation here and the colon of the line above "
            "(“key: value”), or write the value in quotation marks."
        )
    if "expected ':'" in problem:
        return began + 1, (
            "Something is missing in this line: the “- ” before an item of a list, or the “: ” after a key."
        )
    if "sequence entries are not allowed" in problem:
        return at + 1, "A list begins on a line of its own: write “- ” below the key, indented."
    said = (problem or context or "it cannot be read").strip()
    return at + 1, f"This is no YAML here: {said}."


def odd_blank(text: str) -> str:
    """The sentence for a line that begins with a blank other than a space, as web pages and chats have it; "" if none
    does."""
    for letter in text:
        if letter != " " and (letter.isspace() or letter in "\u200b\ufeff"):
            return f"This line begins with a blank that is no space (U+{ord(letter):04X}): indent it with spaces."
        if letter != " ":
            return ""
    return ""
