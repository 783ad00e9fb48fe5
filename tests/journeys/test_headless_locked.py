"""The commands without a screen where a passphrase seals the sign-in: asked on a terminal, and never elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
    secret = path / "secret"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    secret.chmod(0o600)
    words = ("signin", "--yes", "--keep", "passphrase", "--passphrase-file", str(secret))
    kept = alone(path, *words, "--json")
    assert (kept.code, kept.document["kept_in"]) == (0, "passphrase"), kept.err
    assert PASSPHRASE not in kept.out + kept.err
    secret.unlink()
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


def test_another_passphrase_is_typed_twice_and_not_shown(folder: Path) -> None:
    def answer(terminal: Terminal, question: str, nth: int, typed: str) -> None:
        terminal.wait_until(lambda text: text.count(question) == nth, PATIENCE)
        terminal.send(f"{typed}\r")

    with typing(folder, "signin", "--keep", "passphrase") as terminal:
        answer(terminal, "Passphrase of the kept sign-in:", 1, PASSPHRASE)
        answer(terminal, "New passphrase:", 1, "short")
        terminal.wait_for("A passphrase has at least 8 characters.", PATIENCE)
        answer(terminal, "New passphrase:", 2, "a grey horse")
        answer(terminal, "Once more:", 1, "a gray horse")
        terminal.wait_for("The two are not the same.", PATIENCE)
        answer(terminal, "New passphrase:", 3, "a grey horse")
        answer(terminal, "Once more:", 2, "a grey horse")
        terminal.reads(f"Signed in as {ADELE}", "sealed with your passphrase", timeout=PATIENCE)
        assert terminal.wait_exit(PATIENCE) == 0
        assert "horse" not in terminal.output.decode()
    secret = folder / "secret"
    for typed, code in (("a grey horse", 0), (PASSPHRASE, 3)):
        secret.write_text(typed, encoding="utf-8")
        secret.chmod(0o600)
        assert alone(folder, "accounts", "--passphrase-file", str(secret)).code == code


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
