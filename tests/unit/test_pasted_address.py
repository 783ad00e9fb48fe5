"""What people paste: every shape of the right address is read, everything else is refused with a way out."""

from __future__ import annotations

import os
import time
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from m365backup_tui.domain.errors import Rejected
from m365backup_tui.domain.pasted_address import MAX_CHARACTERS, own, read_address, read_query

EXAMPLES = int(os.environ.get("M365BACKUP_TUI_EXAMPLES", "300"))
STATE = "kQ_7-hd0aZ2x9vLw3pTq1g"
CODE = "1.AXkA" + "aB3-_x.9" * 120
QUERY = f"code={CODE}&state={STATE}&session_state=0af3c2d4"
END = f"http://localhost:8400/?{QUERY}"
URL_CHARACTERS = "abcXYZ019-._~"


def wrapped(text: str, width: int, between: str = "\n") -> str:
    return between.join(text[at : at + width] for at in range(0, len(text), width))


GOOD = {
    "as it is": END,
    "without a slash": END.replace("8400/?", "8400?"),
    "blanks around": f"  \t{END}\r\n",
    "wrapped at 80": wrapped(END, 80),
    "wrapped, Windows line ends": wrapped(END, 80, "\r\n"),
    "wrapped and indented": wrapped(END, 70, "\n    "),
    "wrapped with a blank at the line's end": wrapped(END, 79, " \n"),
    "wrapped by a shell": wrapped(END, 78, "\\\n"),
    "single quotes": f"'{END}'",
    "double quotes": f'"{END}"',
    "typographic quotes": f"\u201c{END}\u201d",
    "angle brackets": f"<{END}>",
    "backticks": f"`{END}`",
    "in a sentence": f"It ended at ({END}).",
    "curl, quoted": f"curl '{END}'",
    "curl, as a browser copies it": f"curl '{END}' \\\n  -H 'accept: text/html' \\\n  --compressed",
    "curl on Windows": f'curl "{END}" ^\r\n  -H "accept: text/html"',
    "curl on Windows, as a browser copies it": f'curl ^"{END.replace("&", "^&")}^" ^\r\n  -H ^"accept: */*^"',
    "typed into a shell": "curl " + END.replace("?", "\\?").replace("&", "\\&").replace("=", "\\="),
    "from JSON": f'{{"url": "{END.replace("&", chr(92) + "u0026")}"}}',
    "curl, bare": f"curl {END} -v",
    "no scheme": END.removeprefix("http://"),
    "query alone": f"?{QUERY}",
    "fields alone": QUERY,
    "blank page": f"https://login.microsoftonline.com/common/oauth2/nativeclient?{QUERY}",
    "fragment": f"http://localhost:8400/#{QUERY}",
    "a mark at the end": f"{END}#",
    "from HTML": END.replace("&", "&amp;"),
    "a link in HTML": f'<a href="{END.replace("&", "&amp;")}">here</a>',
    "state first": f"http://localhost:8400/?state={STATE}&code={CODE}",
    "among other lines": f"Here it is:\n{END.partition('&session')[0]}\nthanks",
    "bracketed paste": f"\x1b[200~{END}\x1b[201~",
    "zero-width characters": f"\ufeff{END[:60]}\u200b{END[60:]}",
    "IPv6": END.replace("localhost", "[::1]"),
    "after an older one": f"http://localhost:8400/?code=1.Aold&state=older\n{END}",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD.keys())
def test_every_shape_of_the_right_address_is_read(text: str) -> None:
    assert read_address(text, STATE) == {"code": CODE, "state": STATE}


def test_a_refusal_is_read_with_its_words() -> None:
    told = {
        "error": "access_denied",
        "error_description": "AADSTS65004: User declined.\r\nTrace ID: x",
    }
    end = f"http://localhost:8400/?{urlencode({**told, 'state': STATE})}"
    assert read_address(end, STATE) == {**told, "state": STATE}


def test_a_refusal_shown_decoded_is_read_too() -> None:
    end = f"localhost:8400/?error=access_denied&error_description=AADSTS65004: the user's no&state={STATE}"
    assert read_address(end, STATE)["error"] == "access_denied"


AUTHORIZE = (
    "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?client_id=14d82eec&response_type=code"
    f"&redirect_uri=http%3A%2F%2Flocalhost%3A8400&state={STATE}&code_challenge=abc"
)
BAD = {
    "nothing": ("", "empty"),
    "blanks": (" \r\n\t ", "empty"),
    "invisible": ("\u200b\ufeff", "empty"),
    "too long": (END + "x" * MAX_CHARACTERS, "too_long"),
    "the address that was opened": (AUTHORIZE, "not_the_end"),
    "a page on the way": (
        "https://login.microsoftonline.com/common/reprocess?ctx=rQQI",
        "not_the_end",
    ),
    "no query": ("http://localhost:8400/", "no_answer"),
    "no query, bare": ("localhost:8400", "no_answer"),
    "blank page without query": (
        "https://login.microsoftonline.com/common/oauth2/nativeclient",
        "no_answer",
    ),
    "code alone": (CODE, "no_state"),
    "code field alone": (f"code={CODE}", "no_state"),
    "cut off before the state": (f"http://localhost:8400/?code={CODE}&sta", "no_state"),
    "earlier attempt": (END.replace(STATE, "another-state-0000000000"), "other_state"),
    "state cut off": (f"http://localhost:8400/?code={CODE}&state={STATE[:-1]}", "other_state"),
    "two codes": (f"http://localhost:8400/?code=a&code=b&state={STATE}", "not_an_address"),
    "blank code": (f"http://localhost:8400/?code=&state={STATE}", "not_an_address"),
    "a code with a blank": (f"http://localhost:8400/?code=a%20b&state={STATE}", "not_an_address"),
    "too many fields": ("?code=1&" + "&".join(f"a{n}=1" for n in range(99)), "not_an_address"),
    "words": ("please sign me in", "not_an_address"),
    "a device code": ("ABCD EFGH", "not_an_address"),
    "another page": ("https://example.org/?q=1", "not_an_address"),
    "lone surrogate": (f"http://localhost:8400/?code=a&state=\ud800{STATE}", "other_state"),
}


@pytest.mark.parametrize(("text", "code"), BAD.values(), ids=BAD.keys())
def test_the_others_are_refused_with_a_rule_and_a_way_out(text: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_address(text, STATE)
    assert caught.value.code == code
    assert caught.value.what.endswith(".")
    assert any(word in caught.value.what for word in ("Copy the whole", "Open the address"))
    assert CODE[:20] not in repr(caught.value)
    assert STATE not in repr(caught.value)


@given(
    some.text(URL_CHARACTERS, min_size=20, max_size=2000),
    some.text("abcXYZ019-_", min_size=16, max_size=30),
    some.integers(20, 200),
    some.sampled_from(["\n", "\r\n", "\n  ", " \r\n\t"]),
    some.sampled_from(["{}", "'{}'", "<{}>", "curl '{}' -H 'a: b'", " {} ", "({})"]),
)
@settings(max_examples=EXAMPLES, deadline=None)
def test_any_wrapping_and_quoting_keeps_code_and_state(
    code: str, state: str, width: int, between: str, around: str
) -> None:
    fields = urlencode({"code": code, "state": state, "session_state": "1"})
    text = around.format(wrapped(f"http://localhost:8400/?{fields}", width, between))
    assert read_address(text, state) == {"code": code, "state": state}


@given(some.text(max_size=300), some.text(max_size=100))
@example("?code=x", "&state=")
@settings(max_examples=EXAMPLES, deadline=None)
def test_no_text_breaks_it_or_slips_through(before: str, after: str) -> None:
    try:
        found = read_address(before + after, STATE)
    except Rejected:
        return
    assert own(found, STATE)


@given(some.text("ab=&#?code%state+ \n'", max_size=400))
@settings(max_examples=EXAMPLES, deadline=None)
def test_an_answer_without_our_state_is_never_taken(text: str) -> None:
    with pytest.raises(Rejected):
        read_address(text, STATE)


@pytest.mark.parametrize(
    "piece", ["code=", " code=1", "?code=1 ", "\n", " ", "\\\n", "&", "'", "%", "error=", "a.b/"]
)
def test_the_longest_text_takes_no_time(piece: str) -> None:
    text = (piece * MAX_CHARACTERS)[:MAX_CHARACTERS]
    begun = time.process_time()
    with pytest.raises(Rejected):
        read_address(text, STATE)
    assert time.process_time() - begun < 0.05, "the event loop waits for it"


def test_an_empty_state_is_nobodys() -> None:
    assert not own({"code": "x"}, "")
    assert not own({"code": "x", "state": ""}, "")


def test_a_query_without_an_answer_is_empty() -> None:
    assert read_query("") == {}
    assert read_query("a=1&state=x") == {}
    assert read_query("code=1&state=x&state=y") == {}
