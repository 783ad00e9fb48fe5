"""A person at a browser, for tests of the sign-in pages: forms are filled in and sent, no more.

The browser sends a form exactly as a browser without JavaScript would: every hidden field, the
choices made, and the one button that was pressed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

_FIELD = re.compile(r"<(input|button|option)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'(\w[\w-]*)(?:="([^"]*)")?')


@dataclass
class Page:
    """One page as it was answered."""

    web: requests.Session
    answer: requests.Response

    @property
    def text(self) -> str:
        """The page's text without its tags."""
        inner = self.answer.text.partition("<main>")[2]
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", inner)).split())

    @property
    def went_to(self) -> str:
        """Where the browser is sent on to."""
        assert self.answer.status_code == 302, self.text
        return str(self.answer.headers["Location"])

    @property
    def brought(self) -> dict[str, str]:
        """What the redirect address is given, in its query or fragment."""
        parts = urlsplit(self.went_to)
        return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}

    def fields(self) -> dict[str, str]:
        """The hidden fields of the page's form."""
        found = [dict(_ATTRIBUTE.findall(text)) for kind, text in self._tags() if kind == "input"]
        hidden = [one for one in found if one.get("type") == "hidden"]
        return {unescape(one["name"]): unescape(one["value"]) for one in hidden}

    def press(self, button: str, **typed: str) -> Page:
        """Fill in and press the button with this value ("" for the only one)."""
        values = {**self.fields(), **typed}
        if button:
            found = [dict(_ATTRIBUTE.findall(text)) for kind, text in self._tags()]
            name = next(
                one["name"] for one in found if one.get("value") == button and "type" not in one
            )
            values[name] = button
        action = re.search(r'<form method="post"(?: action="([^"]*)")?', self.answer.text)
        assert action is not None, self.text
        target = urljoin(self.answer.url, unescape(action[1] or ""))
        answer = self.web.post(target, data=values, allow_redirects=False, timeout=10)
        return Page(self.web, answer)

    def _tags(self) -> list[tuple[str, str]]:
        return _FIELD.findall(self.answer.text)


def open_page(web: requests.Session, address: str, **query: Any) -> Page:
    """The page at this address."""
    return Page(web, web.get(address, params=query, allow_redirects=False, timeout=10))
