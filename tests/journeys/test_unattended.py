"""Commands where nobody is there: no input, nobody to ask. Nothing waits, one line says what to do, 3 (or 2)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.journeys.admin import ROOT
from tests.journeys.command import EXAMPLE, Ended, environment
from tests.journeys.keeping import PASSPHRASE, keep

FEMI = "femi.adeyemi@northwindlabs.onmicrosoft.com"  # no role at all
PATIENCE = 150.0  # seconds; a command that waits for an answer would wait for ever
NARRATES = ("PRACTICE:", "Signed in as")  # what is told beside the one line
ASKING = [
    ("check",),
    ("status",),
    ("export",),
    ("plan", EXAMPLE),
    ("apply", EXAMPLE),
    ("resume",),
    ("edit", "exchange", "Finance", "--add", "ana@contoso.com"),
    ("signout", "--everywhere"),
    ("signin",),
]
NOBODY = pytest.mark.parametrize("stdin", ["null", "closed"])
EACH = pytest.mark.parametrize("words", ASKING, ids=lambda words: words[0])


def alone(
    *words: str,
    stdin: str = "null",
    env: Mapping[str, str] | None = None,
    shut: tuple[int, ...] = (),
) -> Ended:
    """`stdin`: `null` or `closed`. `shut`: more of its standard streams that the caller closed."""
    gone = (0, *shut) if stdin == "closed" else shut

    def close() -> None:
        for number in gone:
            os.close(number)

    process = subprocess.run(
        [sys.executable, "-m", "m365backup_tui", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment(env),
        preexec_fn=close,
        timeout=PATIENCE,
    )
    assert "Traceback" not in process.stdout + process.stderr
    return Ended(process.returncode, process.stdout, process.stderr)


def one_line(ended: Ended) -> str:
    """The line that says what to do; there is no other one of its kind."""
    lines = [line for line in ended.err.splitlines() if not line.startswith(NARRATES)]
    assert len(lines) == 1, ended.err
    return lines[0]


@NOBODY
@EACH
def test_signed_out(tmp_path: Path, words: tuple[str, ...], stdin: str) -> None:
    ended = alone(*words, "--state-dir", str(tmp_path), stdin=stdin)
    assert (ended.code, ended.out) == (3, "")
    assert "m365backup-tui" in one_line(ended)


@NOBODY
def test_the_wizard_itself(tmp_path: Path, stdin: str) -> None:
    for words, twin in (
        ((), "apply"),
        (("--plain",), "apply"),
        (("edit",), "edit SERVICE POLICY --add NAME --yes"),
        (("edit", "exchange", "Finance"), "edit SERVICE POLICY --add NAME --yes"),
    ):
        ended = alone(*words, "--state-dir", str(tmp_path), stdin=stdin)
        assert (ended.code, ended.out) == (2, "")
        assert f"m365backup-tui {twin}" in one_line(ended)
        ended = alone(*words, "--json", "--state-dir", str(tmp_path), stdin=stdin)
        assert ended.document["error"]["message"] == one_line(ended)


@NOBODY
def test_what_asks_nobody_works_all_the_same(tmp_path: Path, stdin: str) -> None:
    for words in (("runs",), ("accounts",), ("signout",), ("schema",), ("completion", "bash")):
        assert alone(*words, "--state-dir", str(tmp_path), stdin=stdin).code == 0


def test_a_place_that_nobody_can_be_asked_for_or_that_is_not_here(tmp_path: Path) -> None:
    where = ("--practice", "--yes", "--state-dir", str(tmp_path))
    for place, words in (
        ("passphrase", "with --passphrase-file."),
        ("keyring", "no keyring service that answers"),
    ):
        ended = alone("signin", "--keep", place, *where)
        assert (ended.code, ended.out) == (2, "")
        assert f"--keep {place}: " in one_line(ended)
        assert words in one_line(ended)
    assert "This host offers memory" in one_line(ended)
    assert not (tmp_path / "settings.toml").exists(), "nothing was chosen, and nobody was asked"
    short = tmp_path / "short"
    short.write_text("1234567", encoding="utf-8")
    short.chmod(0o600)
    ended = alone("signin", "--keep", "passphrase", "--passphrase-file", str(short), *where)
    assert (ended.code, ended.out) == (2, "")
    assert "at least 8 characters" in one_line(ended)
    ended = alone("signin", "--keep", "memory", "--json", *where)
    assert (ended.code, list(ended.document)) == (0, ["message"])
    assert 'keep = "memory"' in (tmp_path / "settings.toml").read_text(encoding="utf-8")


# --- with a sign-in that a file opens -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Backup is on, and Adele's sign-in is kept with a passphrase."""
    folder = tmp_path_factory.mktemp("kept")
    keep(folder, scenarios=("all-protected",))
    return folder


@pytest.fixture
def kept(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "state"))


def opened(folder: Path, *words: str, **how: object) -> Ended:
    where = ("--practice", "--state-dir", str(folder))
    return alone(*words, *where, "--passphrase-file", str(folder / "passphrase"), **how)  # type: ignore[arg-type]


@NOBODY
def test_the_file_opens_the_sign_in(kept: Path, stdin: str) -> None:
    ended = opened(kept, "status", stdin=stdin)
    assert ended.code == 0, ended.err
    assert "Signed in as adele.vance@" in ended.err
    assert PASSPHRASE not in ended.out + ended.err
    assert opened(kept, "accounts").out.startswith("*  adele.vance@")


def test_its_twin_does_too_and_nothing_verbose_tells_it(kept: Path) -> None:
    env = {"M365BACKUP_TUI_PASSPHRASE_FILE": str(kept / "passphrase")}
    ended = alone("status", "--practice", "--verbose", "--state-dir", str(kept), env=env)
    assert ended.code == 0, ended.err
    assert PASSPHRASE not in ended.out + ended.err


def test_a_credential_of_systemd(kept: Path) -> None:
    """As a service with LoadCredential= finds it: a right of the group shows its access list."""
    folder = kept / "credentials"
    folder.mkdir()
    file = folder / "passphrase"
    file.write_text(PASSPHRASE, encoding="utf-8")
    file.chmod(0o440)
    words = ("status", "--practice", "--state-dir", str(kept), "--passphrase-file", str(file))
    assert alone(*words).code == 2
    ended = alone(*words, env={"CREDENTIALS_DIRECTORY": str(folder)})
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("words", [("status",), ("apply", EXAMPLE), ("signin",)])
def test_a_wrong_passphrase(kept: Path, words: tuple[str, ...]) -> None:
    (kept / "passphrase").write_text("another horse\n", encoding="utf-8")
    ended = opened(kept, *words)
    assert (ended.code, ended.out) == (3, "")
    assert str(kept / "passphrase") in one_line(ended)
    assert "horse" not in ended.err
    (kept / "passphrase").write_text(PASSPHRASE, encoding="utf-8")
    assert opened(kept, "accounts").out.startswith("*  adele.vance@"), "what is kept stays"


def test_a_file_that_others_can_read(kept: Path) -> None:
    (kept / "passphrase").chmod(0o644)
    ended = opened(kept, "apply", EXAMPLE)
    assert (ended.code, ended.out) == (2, "")
    assert "chmod 600" in one_line(ended)


@EACH
def test_a_sign_in_that_is_no_longer_accepted(kept: Path, words: tuple[str, ...]) -> None:
    ended = opened(kept, *words, "--scenario", "A6", stdin="closed")
    assert (ended.code, ended.out) == (3, "")
    assert "signed in" in one_line(ended) or "signin" in one_line(ended)


def test_consent_missing(kept: Path) -> None:
    for words in (("export",), ("plan", EXAMPLE), ("check",), ("status",)):
        ended = opened(kept, *words, "--scenario", "consent-missing")
        assert ended.code == 3, (words, ended.out, ended.err)
        assert "onsent" in ended.out + ended.err


def test_role_missing(tmp_path: Path) -> None:
    keep(tmp_path, FEMI, scenarios=("all-protected",))
    for words in (("check",), ("export",), ("plan", EXAMPLE)):
        ended = opened(tmp_path, *words)
        assert ended.code == 3, (words, ended.out, ended.err)
        assert "dministrator" in ended.out + ended.err


def test_a_question_that_an_option_answers_is_2_and_named(kept: Path) -> None:
    for words in (
        ("edit", "exchange", "Mailboxes 1", "--rename", "Everybody"),
        ("signout", "--everywhere"),
    ):
        ended = opened(kept, *words, stdin="closed")
        assert ended.code == 2, ended.err
        assert "There is no terminal to ask on: add --yes to agree." in ended.err
