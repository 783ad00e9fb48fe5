"""The commands without a screen where a passphrase seals the sign-in: asked on a terminal, and never elsewhere."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from m365backup_tui.domain.session import KeptIn
from m365backup_tui.headless.coming_in import come_in
from m365backup_tui.headless.sitting import Sitting
from m365backup_tui.options import Options
from m365backup_tui.work.sign_in import keep_in
from tests.journeys.admin import ROOT
from tests.journeys.command import PATIENCE, Ended, run
from tests.journeys.terminal import Terminal

PASSPHRASE = "correct horse"
ADELE = "adele.vance@northwindlabs.onmicrosoft.com"
WHERE = ("--practice", "--state-dir")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Adele's sign-in, kept with a passphrase."""
    path = tmp_path_factory.mktemp("locked")

    async def keep() -> None:
        async with Sitting(Options(practice=True, yes=True, state_dir=path)) as sitting:
            await come_in(sitting)
            state = await sitting.do(keep_in(sitting.tools, KeptIn.PASSPHRASE, PASSPHRASE))
            assert state.token_home.value is not None
            assert state.token_home.value.kept_in is KeptIn.PASSPHRASE

    asyncio.run(keep())
    return path


def alone(folder: Path, *words: str) -> Ended:
    return run(*words, *WHERE, str(folder))


def typing(folder: Path, *words: str) -> Terminal:
    argv = [sys.executable, "-m", "m365backup_tui", *words, *WHERE, str(folder)]
    return Terminal(argv, cwd=ROOT)


def test_without_a_terminal_nobody_is_asked_and_nothing_is_claimed(folder: Path) -> None:
    for words in (("signin",), ("signin", "--yes"), ("signout",), ("check",)):
        ended = alone(folder, *words)
        assert (ended.code, ended.out) == (3, "")
        assert "opens with your passphrase, and nobody can be asked" in ended.err
    listed = alone(folder, "accounts", "--json").document
    assert (listed["kept_in"], listed["locked"], listed["accounts"]) == ("passphrase", True, [])
    told = alone(folder, "accounts")
    assert (told.code, told.out) == (0, "")
    assert "opens with your passphrase" in told.err
    assert "Nobody is signed in" not in told.err


def test_on_a_terminal_it_is_asked_for_and_not_shown(folder: Path) -> None:
    with typing(folder, "signin") as terminal:
        terminal.wait_for("Passphrase of the kept sign-in:", PATIENCE)
        terminal.send("another horse\r")
        terminal.wait_for("2 tries are left", PATIENCE)
        # What is typed before the question is shown, as on every terminal: wait for the second one.
        terminal.wait_until(lambda text: text.count("Passphrase of the kept") == 2, PATIENCE)
        terminal.send(f"{PASSPHRASE}\r")
        terminal.wait_for(f"Signed in as {ADELE}", PATIENCE)
        assert terminal.wait_exit(PATIENCE) == 0
        assert "horse" not in terminal.output.decode()


@pytest.mark.parametrize(("typed", "code"), [("\x03", 130), ("\x04", 3)], ids=["Ctrl+C", "Ctrl+D"])
def test_the_question_can_be_left(folder: Path, typed: str, code: int) -> None:
    with typing(folder, "accounts") as terminal:
        terminal.wait_for("Passphrase of the kept sign-in:", PATIENCE)
        terminal.send(typed)
        assert terminal.wait_exit(PATIENCE) == code


def test_a_question_before_signing_out_everywhere_can_be_left(folder: Path) -> None:
    with typing(folder, "signout", "--everywhere") as terminal:
        terminal.wait_for("Passphrase of the kept sign-in:", PATIENCE)
        terminal.send(f"{PASSPHRASE}\r")
        terminal.wait_for("[y/N]", PATIENCE)
        terminal.send("\x03")
        assert terminal.wait_exit(PATIENCE) == 130


def test_everybody_is_signed_out_without_it(folder: Path) -> None:
    """The last one here: nothing is kept afterwards."""
    assert alone(folder, "signout", "--all", "--account", ADELE).code == 2
    ended = alone(folder, "signout", "--all", "--json")
    assert (ended.code, ended.document) == (0, {"signed_out": []})
    assert list((folder / "practice" / "signin").rglob("*.key")) == []
    assert list((folder / "practice" / "signin").rglob("tokens-*.bin")) == []


def test_a_person_whom_nobody_plays_is_said(tmp_path: Path) -> None:
    ended = alone(tmp_path, "signin", "--yes", "--account", "nobody@example.test")
    assert ended.code == 2
    assert "Nobody in the practice tenant is called nobody@example.test." in ended.err
    assert ADELE in ended.err
