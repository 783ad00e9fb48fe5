"""Every AADSTS number of auth.md §1.5 through the real msal: the kind it becomes, and what the person reads.

Where: a code asked for, the poll for it, a browser's code redeemed, a silent refresh for Graph and for Azure, and one
that answers a claims challenge. Run with -s to read the table.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from m365backup_tui.cloud.profiles import SCOPES_SIGN_IN, Resource, practice_profile
from m365backup_tui.cloud.signin import SignIn
from m365backup_tui.domain.errors import (
    CloudError,
    ConsentNeeded,
    NotSignedIn,
    Remedy,
    SignInRefused,
    StepUpNeeded,
    Throttled,
)
from m365backup_tui.domain.session import Account
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.domain.sign_in_numbers import MEANINGS
from m365backup_tui.screens.trouble import details_of
from m365backup_tui.work.messages import advice, refused
from tests.practice.conftest import Controls, web_session
from tests.practice.sign_in_pages import open_page

CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
PLACES = ("start", "poll", "browser", "graph", "azure", "claims")
ASKED = PLACES[:3]  # a person is at the browser; in the others a kept sign-in is tried
Kind = type[CloudError]

# number -> what it becomes while a person is asked, and in a silent refresh. The groups are those of auth.md §1.5.
_ENDED = (SignInRefused, NotSignedIn)
_STEP, _NO = (StepUpNeeded, StepUpNeeded), (SignInRefused, SignInRefused)
_ALLOW = (ConsentNeeded, ConsentNeeded)
KINDS: dict[int, tuple[Kind, Kind]] = {
    **dict.fromkeys((50076, 50074, 50078, 50158, 50079, 50072), _STEP),
    **dict.fromkeys((53004, 53010, 53011), _NO),
    50199: _STEP,
    **dict.fromkeys((53000, 53001, 50097, 50005, 53003, 530032, 530035, 530036, 530084), _NO),
    **dict.fromkeys((65001, 90094, 90095), _ALLOW),
    65004: _NO,
    **dict.fromkeys((65002, 650057, 650052, 500011, 700016, 700011), _NO),
    **dict.fromkeys((7000218, 700025, 50105, 50011, 50194, 700022), _NO),
    **dict.fromkeys((50020, 90072, 50034, 50014, 50057, 50055, 50053, 50196), _ENDED),
    **dict.fromkeys((50173, 700082, 70008, 70043, 50133), _ENDED),
    **dict.fromkeys((70016, 70018, 70019, 90119), _NO),
    90120: _ENDED,
    90055: (Throttled, Throttled),
    999999: _ENDED,  # not in any table
    70000: _ENDED,  # what a kept sign-in that was lost or spoiled comes to
}
# Azure takes no token of this application: the next try is with the other one, by a sign-in of its own (auth.md §2.4).
OTHER_FOR_AZURE = (65002, 650057, 700016, 700011, 50105)
# Words that the advice has to have: what the person does next.
SAYS: dict[int, tuple[str, ...]] = {
    **dict.fromkeys((53000, 53001, 50097, 50005), ("browser of a managed PC", "ssh -L")),
    530084: ("broker", "another host"),
    530036: ("through a browser instead",),
    53003: ("the other way", "Conditional Access", "correlation id"),
    **dict.fromkeys((530032, 530035, 53011), ("Ask", "correlation id")),
    **dict.fromkeys((50079, 50072, 53004, 53010), ("in a browser",)),
    50105: ("Cloud Application Administrator to assign you", "another application"),
    **dict.fromkeys((65001, 90094), ("Cloud Application Administrator",)),
    7000218: ("isFallbackPublicClient",),
    **dict.fromkeys((50011, 50194), ("--tenant",)),
    **dict.fromkeys((50020, 90072, 50034, 50014), ("--tenant",)),
    65002: ("another application",),
    **dict.fromkeys((700016, 700011), ("deleted", "set")),
    **dict.fromkeys((50053, 50196), ("Wait a few minutes",)),
    90055: ("Wait",),
    **dict.fromkeys((700025, 700022), ("fault of this program",)),
    50055: ("Change it in a browser",),
    65004: ("Go back",),
}


class Sitting:
    """The product's sign-in of one person, and the browser beside it."""

    def __init__(self, ready: dict[str, Any], controls: Controls, folder: Path) -> None:
        self.ready, self.controls = ready, controls
        self.runner = asyncio.Runner()
        self.sign_in = SignIn(
            practice_profile(ready),
            folder,
            settings=SignInSettings(port=0),
            sleep=_no_wait,
            backends=(),
            environ={},
        )

    def run(self, work: Awaitable[Any]) -> Any:
        async def bounded() -> Any:
            return await asyncio.wait_for(work, 30)

        return self.runner.run(bounded())

    def come_in(self) -> Account:
        """Signed in as the Global Administrator, by a code."""
        code = self.run(self.sign_in.device_code(SCOPES_SIGN_IN))
        self.controls.approve(code.user_code)
        account: Account = self.run(self.sign_in.wait_for_sign_in(code))
        return account

    def fault(self, number: int, operation: str, **more: Any) -> None:
        words = {"id": "A", "aadsts": number, "operation": operation, **more}
        self.controls.call("POST", "faults", words).raise_for_status()

    def off(self) -> None:
        self.controls.call("DELETE", "faults").raise_for_status()
        self.run(self.sign_in.forget_refusals())

    def close(self) -> None:
        self.sign_in.close()
        self.runner.close()


async def _no_wait(seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture(scope="module")
def sitting(
    practice: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sitting]:
    controls = Controls(practice)
    made = Sitting(practice, controls, tmp_path_factory.mktemp("aadsts"))
    made.come_in()
    yield made
    made.close()
    controls.reset()
    controls.close()


def met(sitting: Sitting, number: int, place: str) -> CloudError | None:
    """What the product makes of this number in this place; None when it goes on as if nothing were."""
    tries: dict[str, Callable[[], Any]] = {
        "start": lambda: sitting.run(sitting.sign_in.device_code(SCOPES_SIGN_IN)),
        "poll": lambda: _polled(sitting, number),
        "browser": lambda: _by_browser(sitting, number),
        "graph": lambda: _token(sitting, Resource.GRAPH),
        "azure": lambda: _token(sitting, Resource.ARM),
        "claims": lambda: _token(sitting, Resource.GRAPH, CLAIMS),
    }
    if place not in ("poll", "browser"):
        sitting.fault(number, "start device code" if place == "start" else "get token")
    try:
        tries[place]()
    except CloudError as error:
        return error
    finally:
        sitting.off()
    return None


def _token(sitting: Sitting, resource: Resource, claims: str | None = None) -> None:
    scopes = SCOPES_SIGN_IN
    if resource is Resource.ARM:
        scopes = (practice_profile(sitting.ready).arm_scope,)
    sitting.run(sitting.sign_in.token(resource, scopes, claims, fresh=True))


def _polled(sitting: Sitting, number: int) -> None:
    code = sitting.run(sitting.sign_in.device_code(SCOPES_SIGN_IN))
    sitting.controls.approve(code.user_code)
    sitting.fault(number, "get token", times=2)
    sitting.run(sitting.sign_in.wait_for_sign_in(code))


def _by_browser(sitting: Sitting, number: int) -> None:
    """Through the product's own way by browser; the address at which it ends is pasted."""

    async def come() -> None:
        begun = await sitting.sign_in.browser(SCOPES_SIGN_IN)
        waiting = asyncio.ensure_future(sitting.sign_in.wait_for_browser(begun))
        ended = await asyncio.to_thread(_at_the_browser, sitting, begun.url, number)
        await sitting.sign_in.paste(begun, ended)
        await waiting

    sitting.run(come())


def _at_the_browser(sitting: Sitting, url: str, number: int) -> str:
    """Where the browser is sent in the end; from then on no code is redeemed."""
    with web_session(sitting.ready) as web:  # a browser that remembers nobody
        page = open_page(web, url).press("approve", persona="global-admin")
        sitting.fault(number, "get token")
        return page.went_to


def expected(number: int, place: str) -> Kind | None:
    asked, silent = KINDS[number]
    if place == "poll" and number in (50199, 70016):
        return None  # harmless, or only "not yet": it goes on, and the person comes in
    if place == "azure" and number in OTHER_FOR_AZURE:
        return NotSignedIn
    if place == "claims" and silent is NotSignedIn:
        return StepUpNeeded  # the same sign-in, with the claims
    return asked if place in ASKED else silent


@pytest.mark.filterwarnings("ignore:response_mode")
@pytest.mark.filterwarnings("ignore:Attempted too soon")
@pytest.mark.parametrize("number", sorted(KINDS))
def test_every_number_is_told_wherever_it_comes(sitting: Sitting, number: int) -> None:
    account = sitting.sign_in.account
    for place in PLACES:
        error = met(sitting, number, place)
        kind = expected(number, place)
        print(_row(number, place, error))
        assert type(error) is (kind or type(None)), (number, place, error)
        if error is not None:
            _judge(number, place, error)
        if number == 530036 and place not in ASKED:
            assert account not in sitting.run(sitting.sign_in.accounts()) or place == "azure"
            sitting.come_in()
    # Nobody was signed out by a refusal: what was kept works as before.
    _token(sitting, Resource.GRAPH)
    assert sitting.sign_in.account == account


def _judge(number: int, place: str, error: CloudError) -> None:
    if error.code == "sign_in_for_azure":
        return
    assert error.code == f"AADSTS{number}"
    meaning = MEANINGS.get(number)
    if meaning is not None:
        assert error.what == meaning.what
        assert error.remedy is (Remedy.WAIT if isinstance(error, Throttled) else meaning.remedy)
    told, record = advice(error), refused(error)
    assert told.endswith(".")
    assert record.startswith(error.what)
    assert "press" not in record.lower()
    for word in SAYS.get(number, ()):
        assert word in told or word in error.what, (number, word, told)
    # What support and the Conditional Access administrator ask for (auth.md §1.5).
    details = details_of(error)
    assert f"https://login.microsoftonline.com/error?code={number}" in details
    assert error.request_id in details
    assert len(error.request_id) == len(error.correlation_id) == 36
    assert error.correlation_id in details
    assert error.at is not None
    assert f"{error.at:%H:%M:%S} UTC" in details
    if (
        isinstance(error, Throttled) and place != "browser"
    ):  # there msal is asked without the product
        assert error.until is not None
    if isinstance(error, StepUpNeeded) and place == "claims":
        assert "access_token" in error.claims


def _row(number: int, place: str, error: CloudError | None) -> str:
    if error is None:
        return f"{number:>7}  {place:7}  goes on"
    return f"{number:>7}  {place:7}  {type(error).__name__:13}  {error.what}  ->  {advice(error)}"


def test_the_table_has_every_number_of_the_reference() -> None:
    from tests.practice.test_sign_in_challenges import NUMBERS

    assert not set(NUMBERS) - set(KINDS)
    assert not set(NUMBERS) - set(MEANINGS)


def test_a_session_that_is_dead_for_ever_is_dropped_and_never_tried_again(sitting: Sitting) -> None:
    """530036 (auth.md §1.4): the tokens of that client go, and the next call asks Entra nothing."""
    sitting.fault(530036, "get token", times=1)
    with pytest.raises(SignInRefused) as caught:
        _token(sitting, Resource.GRAPH)
    assert caught.value.remedy is Remedy.OTHER_WAY
    seq = sitting.controls.log()[-1]["seq"]
    with pytest.raises(NotSignedIn):
        _token(sitting, Resource.GRAPH)
    assert [one for one in sitting.controls.log(seq) if one["path"].endswith("/token")] == []
    assert sitting.run(sitting.sign_in.accounts()) == ()
    sitting.off()
    sitting.come_in()
