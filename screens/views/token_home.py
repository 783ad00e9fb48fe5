"""What the pages say about where a sign-in is kept: the places of this host, what each means, and what became of it."""

from __future__ import annotations

from m365backup_tui.domain.session import KERNEL_HOURS, HomeOffer, KeptIn, TokenHome
from m365backup_tui.screens.widgets.prose import Span
from m365backup_tui.screens.widgets.rows import Row
from m365backup_tui.state import State

NAMES = {
    KeptIn.KEYRING: "In the keyring of this host",
    KeptIn.LOGOUT: "Until I log out of this host",
    KeptIn.PASSPHRASE: "With a passphrase of mine",
    KeptIn.MEMORY: "Only until I leave the wizard",
}
MEANINGS = {
    KeptIn.KEYRING: "Next time nobody is asked. An encrypted file here; its key is in the keyring that opens with "
    "your login.",
    KeptIn.LOGOUT: f"No new sign-in until you log out of this host, for {KERNEL_HOURS} hours at most. An encrypted "
    "file; its key is in the kernel, and gone after a restart too. Root can read it.",
    KeptIn.PASSPHRASE: "The wizard asks for the passphrase at each start. An encrypted file that nobody opens "
    "without it. Root can read the memory of a running wizard.",
    KeptIn.MEMORY: "Nothing is written. A new sign-in at each start. The safest.",
}
# Without the folder that a login system makes and wipes, there is nothing for the logout to end.
_NAME_BY_TIME = f"For {KERNEL_HOURS} hours on this host"
_MEANING_BY_TIME = (
    f"No new sign-in for {KERNEL_HOURS} hours, or until this host restarts. Logging out does not end it here. An "
    "encrypted file; its key is in the kernel. Root can read it."
)
LEAST = 8
RULE = f"At least {LEAST} characters. Nobody can recover a forgotten one: you sign in anew."
NEVER = "Nothing is ever written in plain text."


def rows(offers: tuple[HomeOffer, ...], now: TokenHome | None) -> tuple[Row, ...]:
    """One line a place; the one in use is marked, one that this host has not says why when it is chosen."""
    here = now.kept_in if now is not None else None
    return tuple(
        Row(
            offer.kept_in,
            (
                NAMES[offer.kept_in] if offer.ends_with_login else _NAME_BY_TIME,
                "in use" if offer.kept_in is here else "not on this host" if offer.why_not else "",
            ),
            disabled=offer.why_not,
        )
        for offer in offers
    )


def about(offer: HomeOffer | None) -> list[Span]:
    """What the place under the cursor means, or why it cannot be used."""
    if offer is None:
        return []
    if offer.why_not:
        return [(f"{offer.why_not}\n", "warn"), (NEVER, "dim")]
    means = MEANINGS[offer.kept_in] if offer.ends_with_login else _MEANING_BY_TIME
    return [(f"{means}\n", "plain"), (NEVER, "dim")]


def result(asked: KeptIn | None, state: State) -> list[Span]:
    """What became of the move: where it is now, and why it is not where it was wanted."""
    home = state.token_home
    if asked is None or home.busy or home.error is not None or home.value is None:
        return []
    if home.value.kept_in is asked:
        return [(f"Done. {home.value.why}", "ok")]
    return [(f"It is not kept there. {home.value.why}", "warn")]


def rule_of(passphrase: str) -> str | None:
    """What is wrong with a new passphrase, or None."""
    return None if len(passphrase) >= LEAST else f"At least {LEAST} characters."
