"""`signin`, `accounts`, `signout` as a script runs them: one process after the other, and nobody to ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from tests.journeys.command import Ended, run

ADELE = "adele.vance@northwindlabs.onmicrosoft.com"
BRUNO = "bruno.keller@northwindlabs.onmicrosoft.com"
KEPT = '[practice.sign_in]\nkeep = "until-logout"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Without a keyring; what is kept is sealed with a key of the kernel."""
    if why := kernel_key.why_not():
        pytest.skip(f"needs the key ring of the Linux kernel: {why}")
    (tmp_path / "settings.toml").write_text(KEPT)
    return tmp_path


def command(folder: Path, *words: str, yes: bool = True) -> Ended:
    ended = run(*words, "--practice", *(["--yes"] if yes else []), "--state-dir", str(folder))
    assert "Traceback" not in ended.err + ended.out
    return ended


def test_accounts_are_added_listed_gone_on_with_and_signed_out_one_by_one(folder: Path) -> None:
    first = command(folder, "signin")
    assert (first.code, first.out) == (0, "")
    assert f"Signed in as {ADELE} (Northwind Labs)." in first.err
    second = command(
        folder, "signin", "--another", "--account", BRUNO, "--way", "browser", "--json"
    )
    assert (second.code, second.document["username"]) == (0, BRUNO)
    listed = command(folder, "accounts", "--json", yes=False).document
    assert listed["kept_in"] == "until-logout"
    assert [(one["username"], one["in_use"]) for one in listed["accounts"]] == [
        (BRUNO, True),
        (ADELE, False),
    ]
    assert listed["accounts"][1]["tenant"]["name"] == "Northwind Labs"
    back = command(folder, "signin", "--account", ADELE, yes=False)
    assert back.code == 0
    assert f"Signed in as {ADELE}" in back.err, "a kept one is gone on with, and nobody is asked"
    secret = folder / "secret"
    secret.write_text("correct horse", encoding="utf-8")
    secret.chmod(0o600)
    for place in ("passphrase", "until-logout"):  # everybody moves, and nobody is asked
        words = ("--keep", place, "--passphrase-file", str(secret), "--json")
        moved = command(folder, "signin", *words, yes=False)
        assert (moved.code, moved.document["kept_in"]) == (0, place), moved.err
        assert moved.document["username"] == ADELE
    unsure = command(folder, "signout", yes=False)
    assert unsure.code == 2
    assert BRUNO in unsure.err
    assert "--account" in unsure.err
    out = command(folder, "signout", "--account", ADELE, "--json", yes=False)
    assert (out.code, [one["username"] for one in out.document["signed_out"]]) == (0, [ADELE])
    left = command(folder, "accounts", yes=False)
    assert [line.split()[1] for line in left.out.splitlines()] == [BRUNO]
    gone = command(folder, "signout", "--everywhere")
    assert gone.code == 0
    assert "within minutes" in gone.err
    assert list(folder.rglob("tokens-*.bin")) == []
    assert not (folder / "practice" / "accounts.json").exists()


def test_where_nobody_can_be_asked_the_answer_is_one_line_and_3(tmp_path: Path) -> None:
    ended = command(tmp_path, "signin", yes=False)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.splitlines()[1:] == [
        "Nobody can be asked here: run `m365backup-tui signin` on a terminal."
    ]
    listed = command(tmp_path, "accounts", "--json", yes=False)
    assert listed.document["accounts"] == []
    unknown = command(tmp_path, "signout", "--account", BRUNO, yes=False)
    assert unknown.code == 2
    assert BRUNO in unknown.err
