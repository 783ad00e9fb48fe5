"""Pictures of the sign-in pages, in the states that matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from m365backup_tui.domain.errors import NotSignedIn, Rejected, Remedy, SignInRefused
from m365backup_tui.domain.session import CliSession, KeptIn, TokenHome, Way
from m365backup_tui.screens.sign_in import SignInScreen
from m365backup_tui.screens.this_host import Host
from m365backup_tui.state import Remote, State
from m365backup_tui.terminal.profile import TerminalProfile
from tests.screens import states
from tests.screens.harness import NOW, app_showing

Compare = Callable[..., bool]

REFUSED = SignInRefused("The code was declined in the browser.", "authorization_declined", "r-1")
BLOCKED = SignInRefused(
    "A Conditional Access policy of your organization blocks this sign-in.",
    "AADSTS53003",
    remedy=Remedy.OTHER_WAY,
    correlation_id="0f3c7b1e-5d0a-4c55-9a3e-2f5d9f0f3c11",
    at=NOW,
)
TAKEN = replace(
    states.BROWSER,
    why_not_listening="Port 8400 is taken by another program, so the browser cannot come back by itself.",
)
OPENED = Rejected("That is the address you opened, not the one at which the browser ended.")
AZURE = NotSignedIn("Azure needs a sign-in of its own.", "sign_in_for_azure")
AZ = CliSession("adele.vance@contoso.com", states.TENANT, "Contoso Production")
SEALED = TokenHome(
    KeptIn.PASSPHRASE,
    "Your sign-in is kept encrypted on this host; it opens with your passphrase.",
    locked=True,
)
BOTH = Remote((states.ACCOUNT, states.MEGAN), NOW)

STATES: dict[str, Callable[[], State]] = {
    "asking": lambda: states.signing_in(device_code=Remote(since=NOW, note="Asking for a code")),
    "code": lambda: states.signing_in(),
    "practice": lambda: states.signing_in(place=states.PRACTICE),
    "refused": lambda: states.signing_in(device_code=Remote(error=REFUSED)),
    "blocked": lambda: states.signing_in(device_code=Remote(error=BLOCKED)),
    "browser": lambda: states.by_browser(),
    "browser-practice": lambda: states.by_browser(place=states.PRACTICE),
    "browser-port-taken": lambda: states.by_browser(browser=Remote(TAKEN, NOW, NOW)),
    "browser-wrong-paste": lambda: states.by_browser(pasted=Remote(error=OPENED)),
    "azure": lambda: replace(
        states.signed_in(needs=AZURE, azure_cli=Remote(AZ, NOW)),
        device_code=Remote(states.CODE, NOW, NOW),
    ),
    "another": lambda: replace(
        states.signed_in(another=True), device_code=Remote(states.CODE, NOW, NOW)
    ),
    "signed-in": lambda: replace(
        states.signed_in(), signed_in=replace(states.SIGNED_IN, way=Way.BROWSER)
    ),
}
PAGES: dict[str, tuple[Callable[[], State], tuple[str, ...]]] = {
    "token-home": (lambda: states.signed_in(homes=Remote(states.OFFERS, NOW)), ("k",)),
    "passphrase": (
        lambda: states.signed_in(homes=Remote(states.OFFERS, NOW)),
        ("k", "down", "down", "enter", "s", "e", "enter"),
    ),
    "no-keyring": (lambda: states.signed_in(homes=Remote(states.OFFERS, NOW)), ("k", "end")),
    "sealed": (
        lambda: states.signing_in(device_code=Remote(), token_home=Remote(SEALED, NOW)),
        ("a",),
    ),
    "accounts": (lambda: states.signed_in(accounts=BOTH), ("o",)),
    "sign-out": (lambda: states.signed_in(accounts=BOTH), ("o", "o")),
    "signed-out": (lambda: states.signed_in(accounts=BOTH), ("o", "o", "down", "enter")),
    "azure-cli": (STATES["azure"], ("z",)),
}
SIZES = {"80x24": (80, 24), "200x50": (200, 50)}


@pytest.fixture(autouse=True)
def on_a_jump_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SignInScreen, "HERE", staticmethod(lambda: Host("jump01", "adele")))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STATES)
def test_faces(snap_compare: Compare, name: str, size: str) -> None:
    assert snap_compare(app_showing(STATES[name]()), terminal_size=SIZES[size])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_pages(snap_compare: Compare, name: str, size: str) -> None:
    state, keys = PAGES[name]
    assert snap_compare(app_showing(state()), press=keys, terminal_size=SIZES[size])


@pytest.mark.parametrize("name", ["code", "browser", "browser-port-taken", "signed-in"])
def test_without_colour_in_ascii(snap_compare: Compare, name: str) -> None:
    plain = TerminalProfile(colour=False, unicode=False)
    assert snap_compare(app_showing(STATES[name](), profile=plain), terminal_size=(80, 24))


def test_a_quiet_minute(snap_compare: Compare) -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    app.wizard.clock.time = NOW + timedelta(seconds=75)
    assert snap_compare(app, terminal_size=(80, 24))


def test_who_sits_at_the_browser(snap_compare: Compare) -> None:
    app = app_showing(states.signing_in(place=states.PRACTICE))
    assert snap_compare(app, press=["p"], terminal_size=(80, 24))
