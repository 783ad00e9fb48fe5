"""Plays the person at a browser that signs in to the practice tenant: opens the address, chooses who it is, agrees.

Only forms are filled in and sent, as a browser without scripts does; the pages are the practice tenant's own.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from m365backup_tui.cloud.loading import load_http
from m365backup_tui.domain.errors import Broken, Rejected, Unreachable

if TYPE_CHECKING:
    import httpx

_SECONDS = 20.0
_MOST_PAGES = 6
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


async def browse(tls: ssl.SSLContext, url: str, persona_key: str | None) -> str:
    """The address at which the browser of `persona_key` ends; it is not opened. None: somebody who declines.

    What this person may not consent to is left without consent. Raises Rejected with the words of the page where the
    browser ends at a refusal that it alone shows (Conditional Access), Unreachable.
    """
    await asyncio.to_thread(load_http)
    import httpx

    async with httpx.AsyncClient(verify=tls, trust_env=False, timeout=_SECONDS) as browser:
        try:
            answer = await browser.get(url)
            for _ in range(_MOST_PAGES):
                if answer.has_redirect_location:
                    end = urljoin(str(answer.url), answer.headers["location"])
                    if urlsplit(end).hostname in _LOOPBACK:
                        return end
                    answer = await browser.get(end)
                    continue
                page = _read(answer)
                form = _filled(page, persona_key)
                answer = await browser.post(urljoin(str(answer.url), page.action), data=form)
        except httpx.TransportError as error:
            raise Unreachable("The practice tenant does not answer.") from error
    raise Broken("The pages of the practice tenant lead in a circle.")


async def follow(address: str) -> None:
    """Open the address at which the browser ended. Raises Unreachable where nothing listens there."""
    await asyncio.to_thread(load_http)
    import httpx

    if urlsplit(address).hostname not in _LOOPBACK:
        raise Rejected("The browser ended somewhere else than on this host.", "not_here")
    # It is a plain http address; without a context httpx would read all public authorities here, on the event loop.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS, verify=nobody) as browser:
        try:
            await browser.get(address)
        except httpx.TransportError as error:
            raise Unreachable("Nothing listens where the browser should come back.") from error


@dataclass
class _Page(HTMLParser):
    """Fields and buttons of the page's form, and its words."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, list[str]] = field(default_factory=dict)
    asks: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        name = found.get("name", "")
        if tag == "form":
            self.action = found.get("action", "")
        elif tag == "input" and found.get("type") == "hidden":
            self.hidden[name] = found.get("value", "")
        elif tag == "select":
            self.asks.add(name)
        elif tag == "button" and name:
            self.buttons.setdefault(name, []).append(found.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style":
            self.words.append(data)


def _read(answer: httpx.Response) -> _Page:
    page = _Page()
    page.feed(answer.text)
    if not page.buttons:  # a page that leads nowhere: the person reads it, nobody else does
        text = " ".join(" ".join(page.words).split())
        number = re.search(r"AADSTS\d+", text)
        said = re.search(r"AADSTS\d+: ([^.]*\.)", text)
        what = said[1] if said else text[:200]
        raise Rejected(f"The browser says: {what}", number[0] if number else "")
    return page


def _filled(page: _Page, persona_key: str | None) -> dict[str, str]:
    """The form with the choice of this person and one button pressed."""
    form = dict(page.hidden)
    if "persona" in page.asks and persona_key is not None:
        form["persona"] = persona_key
    for name, values in page.buttons.items():
        wanted = ("decline", "refuse") if persona_key is None else ("approve", "accept", "refuse")
        form[name] = next((one for one in wanted if one in values), values[0])
    return form
