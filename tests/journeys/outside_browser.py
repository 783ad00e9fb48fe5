"""The browser on the admin's own machine, for sign-ins over SSH: no scripts, and `localhost` is that machine.

Both machines are this one, so the admin's is 127.0.0.2: a tunnel begins there, and nothing of the wizard listens there.
"""

from __future__ import annotations

import base64
import re
import socket
from urllib.parse import urlsplit

from tests.journeys.admin import Admin
from tests.practice.conftest import web_session
from tests.practice.sign_in_pages import open_page

ADMINS_MACHINE = "127.0.0.2"
_COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")


def address_copied(admin: Admin) -> str:
    """U: the terminal on the admin's machine is handed the address (OSC 52)."""
    mark = admin.terminal.mark()
    admin.press("u")
    admin.terminal.wait_until(lambda _: _COPIED.search(admin.terminal.output, mark) is not None)
    found = _COPIED.search(admin.terminal.output, mark)
    assert found is not None
    return base64.b64decode(found[1]).decode()


def signs_in(admin: Admin, address: str, persona: str = "global-admin") -> str:
    """Somebody signs in and accepts; the address at localhost to which the browser is sent on."""
    with web_session(admin.ready) as web:
        return open_page(web, address).press("approve", persona=persona).went_to


def comes_back(address: str) -> str:
    """The browser follows the redirect on its own machine: the page it is shown."""
    parts = urlsplit(address)
    assert parts.hostname == "localhost"
    request = (
        f"GET {parts.path or '/'}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection((ADMINS_MACHINE, parts.port or 80), timeout=10) as line:
        line.sendall(request.encode("ascii"))
        return b"".join(iter(lambda: line.recv(4096), b"")).decode()
