"""The keys of the sign-in page, in each of its states. What the bar has no room for is in help and palette."""

from __future__ import annotations

from m365backup_tui.domain.errors import CloudError, Remedy
from m365backup_tui.domain.session import Way
from m365backup_tui.screens.asking_consent import APPLICATIONS
from m365backup_tui.screens.views import sign_in as shown
from m365backup_tui.screens.widgets.keys import Key
from m365backup_tui.state import State

ACCOUNTS = Key("o", "Accounts", do="accounts")
WITH_CODE = Key("b", "Code", do="other_way")
WITH_BROWSER = Key("b", "Browser", do="other_way")


def while_waiting(state: State, way: Way) -> tuple[Key, ...]:
    """A code or an address is on show, or on its way."""
    if way is Way.CODE:
        return (*_practice(state), *_azure(state), WITH_BROWSER, *_code(state), APPLICATIONS)
    return (*_practice(state), *_azure(state), *_address(state), APPLICATIONS)


def _code(state: State) -> tuple[Key, ...]:
    new = Key("n", "New", do="anew")
    if state.device_code.value is None:
        return (new,)
    return (Key("c", "Copy code", do="copy"), Key("u", "Copy address", do="copy_address"), new)


def _address(state: State) -> tuple[Key, ...]:
    new = Key("n", "New", do="anew")
    if state.browser.value is None:
        return (WITH_CODE, new)
    return (
        Key("tab", "Paste", do="to_box"),
        WITH_CODE,
        Key("u", "Copy", do="copy_address"),
        Key("f", "Plain", do="show_address"),
        Key("w", "Save", do="save_address"),
        new,
    )


def _practice(state: State) -> tuple[Key, ...]:
    if not state.place.stand_in:
        return ()
    waits = state.device_code.value is not None or state.browser.value is not None
    why = "" if waits else "There is nothing to approve yet."
    return (
        Key("p", "Play", do="practise", enabled=waits, why_not=why),
        Key("x", "Decline", do="decline", enabled=waits, why_not=why),
    )


def _azure(state: State) -> tuple[Key, ...]:
    found = state.azure_cli.value
    if not shown.for_azure(state) or found is None or found.why_not:
        return ()
    return (Key("z", "Azure CLI", do="use_azure_cli"),)


def after_refusal(error: CloudError, way: Way, details: tuple[Key, ...]) -> tuple[Key, ...]:
    """Enter is what helps; the other way and the same once more are there too."""
    helps = shown.enter(error, way)
    wrong_person = error.remedy is Remedy.OTHER_ACCOUNT
    keys = [Key("enter", helps.label, do=helps.do), *((ACCOUNTS,) if wrong_person else details)]
    if helps.do != "anew":
        keys.append(Key("n", "New address" if way is Way.BROWSER else "New code", do="anew"))
    if helps.do != "other_way":
        keys.append(WITH_BROWSER if way is Way.CODE else WITH_CODE)
    if wrong_person:
        keys += details  # there is not room for all of them
    if helps.do != "applications":
        keys.append(APPLICATIONS)
    return tuple(keys)


def when_signed_in(state: State) -> tuple[Key, ...]:
    """Go on; or look at who is kept here, and where."""
    keys = [Key("enter", "Continue", do="go_on")]
    if state.unfinished is not None:
        keys.append(Key("g", "Go on with the run", do="resume"))
    return (
        *keys,
        ACCOUNTS,
        Key("k", "Keep elsewhere", do="keep_elsewhere"),
        APPLICATIONS,
    )
