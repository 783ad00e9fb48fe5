"""`signin --keep`: what is refused before anybody is asked, the passphrase, and a move that did not work out."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from m365backup_tui.arguments import PLACES
from m365backup_tui.domain.errors import Broken, CloudError, Rejected
from m365backup_tui.domain.session import HomeOffer, KeptIn, TokenHome
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import Event
from m365backup_tui.headless import keeping
from m365backup_tui.headless.sitting import Sitting, SomebodyMustAct, Usage
from m365backup_tui.options import Options
from m365backup_tui.reducing import reduce
from m365backup_tui.state import State

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LOCKED = "The keyring of this host is locked, as it usually is over SSH."
OFFERS = (
    HomeOffer(KeptIn.MEMORY),
    HomeOffer(KeptIn.PASSPHRASE),
    HomeOffer(KeptIn.KEYRING, LOCKED),
)


@dataclass
class Host:
    """A sitting on a host with `offers`; `becomes` is what a move ends in."""

    options: Options = field(default_factory=Options)
    may_ask: bool = False
    offers: tuple[HomeOffer, ...] = OFFERS
    becomes: TokenHome | CloudError | None = None
    state: State = field(default_factory=State)
    said: list[str] = field(default_factory=list)
    settings: SignInSettings = field(default_factory=SignInSettings)

    @property
    def tools(self) -> Any:
        return SimpleNamespace(identity=self, clock=SimpleNamespace(now=lambda: NOW))

    def say(self, text: str) -> None:
        self.said.append(text)

    async def do(self, work: AsyncIterator[Event]) -> State:
        async for event in work:
            self.state = reduce(self.state, event)
        return self.state

    async def homes(self) -> tuple[HomeOffer, ...]:
        return self.offers

    async def keep_in(self, where: KeptIn, passphrase: str) -> TokenHome:
        if isinstance(self.becomes, CloudError):
            raise self.becomes
        return self.becomes or TokenHome(where, "")


def sitting(host: Host) -> Sitting:
    return cast(Sitting, host)


def secret(folder: Path, text: str) -> Path:
    file = folder / "secret"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def typed(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[str]:
    """What the person types at each question; then the input ends."""
    left = iter(answers)

    def ask(*_: object) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(getpass, "getpass", ask)
    return left


def test_the_words_of_the_option_are_the_places() -> None:
    assert set(PLACES) == {str(one) for one in KeptIn}


async def test_a_place_of_this_host_is_taken() -> None:
    for where in (KeptIn.MEMORY, KeptIn.PASSPHRASE):
        await keeping.must_be_offered(sitting(Host(may_ask=True)), where)


@pytest.mark.parametrize(
    ("where", "why"), [(KeptIn.KEYRING, LOCKED), (KeptIn.LOGOUT, "Only Linux has such a place.")]
)
async def test_what_this_host_has_not_is_told_with_what_it_has(where: KeptIn, why: str) -> None:
    with pytest.raises(Usage) as told:
        await keeping.must_be_offered(sitting(Host()), where)
    assert str(told.value) == f"--keep {where}: {why} This host offers memory or passphrase."


async def test_nobody_to_ask_and_no_file_is_told_with_the_option() -> None:
    with pytest.raises(Usage, match="--passphrase-file"):
        await keeping.must_be_offered(sitting(Host()), KeptIn.PASSPHRASE)
    given = Host(Options(passphrase_file=Path("secret")))
    await keeping.must_be_offered(sitting(given), KeptIn.PASSPHRASE)


def test_only_one_place_has_a_passphrase() -> None:
    for where in (KeptIn.KEYRING, KeptIn.LOGOUT, KeptIn.MEMORY):
        assert keeping.new_passphrase(sitting(Host()), where) == ""


def test_it_comes_from_the_file_also_on_a_terminal(tmp_path: Path) -> None:
    host = Host(Options(passphrase_file=secret(tmp_path, "correct horse\n")), may_ask=True)
    assert keeping.new_passphrase(sitting(host), KeptIn.PASSPHRASE) == "correct horse"
    assert host.said == []


@pytest.mark.parametrize("text", ["a horse", "h" * 1025])
def test_a_file_with_a_passphrase_against_the_rule_is_refused(tmp_path: Path, text: str) -> None:
    host = Host(Options(passphrase_file=secret(tmp_path, text)))
    with pytest.raises(Usage) as told:
        keeping.new_passphrase(sitting(host), KeptIn.PASSPHRASE)
    assert "characters" in str(told.value)
    assert text not in str(told.value)


def test_it_is_typed_until_it_keeps_the_rule_and_is_the_same_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left = typed(
        monkeypatch, "short", "a grey horse", "a gray horse", "a white horse", "a white horse"
    )
    host = Host(may_ask=True)
    assert keeping.new_passphrase(sitting(host), KeptIn.PASSPHRASE) == "a white horse"
    assert list(left) == []
    assert [words for words in host.said if "horse" in words] == []
    assert host.said[-1] == "The two are not the same."


def test_a_question_that_is_not_answered_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "a grey horse")
    with pytest.raises(SomebodyMustAct, match="Nothing was changed"):
        keeping.new_passphrase(sitting(Host(may_ask=True)), KeptIn.PASSPHRASE)


async def test_a_move_that_did_not_work_out_is_no_success() -> None:
    await keeping.keep(sitting(Host()), KeptIn.PASSPHRASE, "correct horse")
    stayed = Host(becomes=TokenHome(KeptIn.MEMORY, "The folder cannot be written."))
    with pytest.raises(Rejected, match="not kept there"):
        await keeping.keep(sitting(stayed), KeptIn.PASSPHRASE, "correct horse")
    failed = Host(becomes=Broken("The settings file cannot be written."))
    with pytest.raises(Broken, match="settings file"):
        await keeping.keep(sitting(failed), KeptIn.KEYRING, "")
