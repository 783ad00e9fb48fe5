"""What the sign-in page says about a browser that comes back: three numbered steps, and what listens (auth.md 1.3)."""

from __future__ import annotations

from urllib.parse import urlsplit

from m365backup_tui.domain.session import BrowserSignIn
from m365backup_tui.screens.this_host import Host
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.state import State


def reconnect(begun: BrowserSignIn, host: Host) -> list[Span]:
    """Step 1, which is optional: the port of this host at the person's own machine."""
    if begun.why_not_listening:
        return [
            ("1  ", "plain"),
            (f"{begun.why_not_listening}\n", "warn"),
            ("   Steps 2 and 3 work without it.", "plain"),
        ]
    first = "1  If you can: connect once more from your own computer, and leave it open.\n"
    if not host.remote:
        first = "1  Only if the browser is on another computer: connect from there first.\n"
    return [(first, "plain"), (f"      {forward(begun, host)}", "strong")]


def forward(begun: BrowserSignIn, host: Host) -> str:
    """The line that brings the port to the person's own machine."""
    port = f"-p {host.ssh_port} " if host.ssh_port not in (0, 22) else ""
    who = f"{host.user}@{host.name}" if host.user else host.name
    return f"ssh -L {begun.port}:localhost:{begun.port} {port}{who}"


def folded(begun: BrowserSignIn) -> str:
    """The address as far as a person checks it: who is asked, and how much more there is."""
    parts = urlsplit(begun.url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}?"


def length(begun: BrowserSignIn) -> str:
    """What the folded address leaves out, and the keys that do not."""
    return f"      {len(begun.url)} characters in all: U copies them, F shows them plain, W saves them."


def come_back(begun: BrowserSignIn, host: Host) -> list[Span]:
    """Step 3."""
    alone = not begun.why_not_listening
    first = "3  Sign in there. With step 1 that is all.\n" if alone else "3  Sign in there.\n"
    if alone and not host.remote:
        first = "3  Sign in there. On this machine, or with step 1, that is all.\n"
    start = "   Without it, the" if alone else "   The"
    return [
        (first, "plain"),
        (f"{start} last page cannot connect, and that is fine:\n", "plain"),
        ("   copy its address from the browser and paste it here.", "plain"),
    ]


def listens(begun: BrowserSignIn) -> str:
    """Whether the browser can come back by itself."""
    if begun.why_not_listening:
        return "Nothing listens here: paste the address"
    return f"Listening on port {begun.port}"


def trouble_of_paste(state: State) -> list[Span]:
    """What was wrong with the address that was pasted last."""
    error = state.pasted.error
    if error is not None:
        return [(error.what, "error")]
    if state.pasted.value and state.browser.value is not None:
        return [("The address is good. Signing in.", "ok")]
    return []
