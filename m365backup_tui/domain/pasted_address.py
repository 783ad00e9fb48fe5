"""Reads the address at which a browser ended after signing in: pasted by a person, or brought to the listener.

What people copy is rarely clean: line breaks of a wrapped terminal, quotes, a whole `curl` command, half an address.
The query holds `code` or `error`, and the `state` of the sign-in (auth.md §1.3).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import parse_qs

from m365backup_tui.domain.errors import Rejected

MAX_CHARACTERS = 32_768  # an address has 1,000 to 4,000; "copy as cURL" adds headers
MAX_FIELDS = 50
_TRIES = 8  # places in the text where the answer may begin

Answer = dict[str, str]
_WANTED = ("code", "error", "error_description", "error_uri", "state")
_ONCE = ("code", "error", "state")

_WAY_OUT = (
    "Copy the whole line of the browser's address bar after signing in, also when the page says "
    "that it cannot connect."
)
# Marks of a bracketed paste, and characters without a width that chat programs put in.
_UNSEEN = re.compile("\x1b\\[20[01]~|[\x00\u00ad\u200b-\u200f\u2060\ufeff]")
_WORD = re.compile(r"[^\s'\"<>`\u201c\u201d\u2018\u2019\u00ab\u00bb]+")
_FIELD = re.compile(r"(?:^|[?&#])(?:code|error)=")
_CODE = re.compile(r"[!-~]+")
_BARE_CODE = re.compile(r"[01]\.[A-Za-z0-9._-]{40,}")
_ON_THE_WAY = re.compile(
    r"/authorize\b|[?&](?:code_challenge|response_type)=|//login\.(?:microsoftonline|live)\.com",
    re.IGNORECASE,
)
_BARE_END = re.compile(
    r"(?:https?://)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?/?[?#]?|https://\S+/nativeclient/?[?#]?"
)
_AFTER = ").,;]}"  # what a sentence puts behind an address


def read_address(text: str, state: str) -> Answer:
    """What the browser brought: `code`, or `error` and its description, both with `state`.

    `state` is the one of the sign-in that waits. Raises Rejected with a sentence that says what is wrong with the
    text and what to do; nothing of the text is repeated in it.
    """
    if len(text) > MAX_CHARACTERS:
        raise _no(
            "too_long",
            f"That is too long for an address: the limit is {MAX_CHARACTERS:,} characters.",
        )
    lines = [line.strip() for line in _plain(text).splitlines()]
    joined = "".join(line.removesuffix("^").rstrip() for line in lines)
    if not joined:
        raise _no("empty", "Nothing was pasted.")
    best: Answer = {}
    for found in _answers(joined, lines):
        if own(found, state):
            return found
        best = best or found
    raise _not_ours(best) if best else _without_answer(joined)


def read_query(query: str) -> Answer:
    """The fields of interest of a query or of a form; {} where there is no one answer in it."""
    try:
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:  # too many
        return {}
    if any(len(fields.get(name, ())) > 1 for name in _ONCE):
        return {}
    found = {name: fields[name][0] for name in _WANTED if fields.get(name, [""])[0]}
    if "code" in found and not _CODE.fullmatch(found["code"]):
        return {}
    return found if "code" in found or "error" in found else {}


def own(answer: Mapping[str, str], state: str) -> bool:
    """Whether the answer belongs to the sign-in with this state."""
    given = answer.get("state", "").encode("utf-8", "replace")
    return hmac.compare_digest(given, state.encode()) and bool(given)


def _plain(text: str) -> str:
    """Without what chat programs, HTML, JSON and shells put around or before characters of an address."""
    text = _UNSEEN.sub("", text).replace("&amp;", "&").replace("\\u0026", "&")
    return text.replace("\\", "").replace("^&", "&").replace('^"', '"')


def _answers(joined: str, lines: list[str]) -> Iterator[Answer]:
    """The readings of the text, the likeliest first: an address that was wrapped, one that has spaces in it (some
    browsers show addresses decoded), one among other lines."""
    for query, rest in _places(joined):
        yield from filter(None, (_answer(query), _answer(rest)))
    for query, _ in _places("\n".join(lines)):
        yield from filter(None, (_answer(query),))


def _places(text: str) -> Iterator[tuple[str, str]]:
    """Where a query begins: up to the end of the word, and up to the end of the text."""
    words = (word for word in _WORD.finditer(text) if _FIELD.search(word[0]))
    for word in islice(words, _TRIES):
        found = _FIELD.search(word[0])
        end = found.end() if found else 0
        # `state` may come before `code`
        start = max(word[0].rfind(mark, 0, end) for mark in "?#") + 1
        yield word[0][start:], text[word.start() + start :]


def _answer(query: str) -> Answer:
    found = read_query(query.partition("#")[0])
    if "state" in found:
        found["state"] = found["state"].strip().rstrip(_AFTER)
    return found


def _not_ours(found: Answer) -> Rejected:
    if "state" not in found:
        return _no(
            "no_state",
            "That is a part of the address only: its state is missing, which ties the answer to this sign-in.",
        )
    return Rejected(
        "That address belongs to an earlier attempt or to another sign-in. "
        "Open the address shown now, and paste the one at which the browser ends.",
        "other_state",
    )


def _without_answer(text: str) -> Rejected:
    words = _WORD.findall(text)
    if any(_BARE_END.fullmatch(word) for word in words):
        return _no(
            "no_answer",
            "That address ends before its answer: ?code= and more should follow. "
            "An answer that a browser sends as a form cannot be pasted.",
        )
    if _ON_THE_WAY.search(text):
        return _no(
            "not_the_end", "That is the address you opened, not the one at which the browser ended."
        )
    if any(_BARE_CODE.fullmatch(word) for word in words):
        return _no("no_state", "That is the code alone; the rest of its address is needed too.")
    return _no("not_an_address", "That is not the address at which the browser ended.")


def _no(code: str, what: str) -> Rejected:
    return Rejected(f"{what} {_WAY_OUT}", code)
