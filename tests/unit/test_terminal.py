"""What is decided about the terminal before anything is drawn, and what is left after a crash."""

from __future__ import annotations

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from m365backup_tui.terminal.clipboard import CAP, copy, osc52
from m365backup_tui.terminal.crash import redact, report, sentence, write_report
from m365backup_tui.terminal.marks import Marks, Sign, ascii_table
from m365backup_tui.terminal.profile import TerminalProfile, prepare_environment


def profile_of(environ: dict[str, str], *, tty: bool = True) -> TerminalProfile:
    environ = {"TERM": "xterm-256color", "LANG": "en_US.UTF-8"} | environ
    return prepare_environment(environ, tty=tty, encoding="utf-8")


def test_over_ssh_textual_is_told_to_be_calm() -> None:
    environ = {"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22", "TERM": "xterm"}
    profile = prepare_environment(environ, tty=True)
    assert profile.ssh
    assert environ["TEXTUAL_FPS"] == "15"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert environ["TEXTUAL_SMOOTH_SCROLL"] == "0"


def test_what_the_person_set_is_kept() -> None:
    environ = {"TERM": "xterm", "TEXTUAL_FPS": "5", "TEXTUAL_THEME": "nord"}
    profile = prepare_environment(environ, ssh=True, tty=True)
    assert environ["TEXTUAL_FPS"] == "5"
    assert profile.theme == "nord"


@pytest.mark.parametrize(
    ("environ", "theme", "colour"),
    [
        ({}, "ansi-dark", True),
        ({"COLORTERM": "truecolor"}, "textual-dark", True),
        ({"COLORTERM": "truecolor", "NO_COLOR": "1"}, "ansi-dark", False),
        ({"COLORTERM": "truecolor", "SSH_CONNECTION": "::1 1 ::1 22"}, "ansi-dark", True),
        ({"NO_COLOR": ""}, "ansi-dark", True),
    ],
)
def test_theme_and_colour(environ: dict[str, str], theme: str, colour: bool) -> None:
    profile = profile_of(environ)
    assert (profile.theme, profile.colour) == (theme, colour)


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({"LC_ALL": "C.UTF-8"}, True),
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX"}, False),
        ({"LC_ALL": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "de_DE.utf8@euro"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "C", "LANG": "C.UTF-8"}, False),
        ({"LANG": ""}, True),
    ],
)
def test_utf8_is_what_the_locale_says(environ: dict[str, str], unicode: bool) -> None:
    assert profile_of(environ).unicode is unicode


def test_a_terminal_that_cannot_draw_is_named() -> None:
    assert profile_of({}).dumb == ""
    assert "TERM=dumb" in profile_of({"TERM": "dumb"}).dumb
    assert "needs a terminal" in profile_of({}, tty=False).dumb


def test_looking_at_the_terminal_does_not_import_textual() -> None:
    code = (
        "import sys, os; from m365backup_tui.terminal.profile import prepare_environment;"
        "prepare_environment(os.environ); print('textual' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("unicode", [True, False])
def test_every_sign_fits_its_width(unicode: bool) -> None:
    marks = Marks(unicode)
    assert all(1 <= len(marks.sign(sign)) <= marks.width for sign in Sign)
    if not unicode:
        assert "".join(marks.sign(sign) for sign in Sign).isascii()


def test_ascii_stand_ins_keep_the_width() -> None:
    table = ascii_table()
    assert "Café ─ 財務 ✓ e\u0301".translate(table) == "Cafe - ???? + e"


def test_a_hidden_letter_is_a_star_where_there_is_only_ascii() -> None:
    assert "•••".translate(ascii_table()) == "***"  # what Textual draws for a password


def test_the_clipboard_sequence_carries_the_text() -> None:
    sequence = osc52("grüße")
    assert sequence.startswith("\x1b]52;c;")
    assert base64.b64decode(sequence[7:-1]).decode() == "grüße"


def test_tmux_and_screen_get_their_wrapping() -> None:
    assert osc52("x", tmux=True) == "\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"
    chunks = osc52("x" * 3000, screen=True).split("\x1b\\")[:-1]
    assert len(chunks) > 1
    assert all(chunk.startswith("\x1bP") and len(chunk) < 768 for chunk in chunks)


def test_copying_says_what_was_done_and_too_much_is_not_sent() -> None:
    sent: list[str] = []
    assert "F2" in copy("code", sent.append)
    assert sent == [osc52("code")]
    assert "Too long" in copy("x" * (CAP + 1), sent.append)
    assert len(sent) == 1


SECRETS = (
    ("Bearer abcdef123456", "abcdef123456"),
    ("token eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJo.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
    ("refresh_token=0.AAAA-short", "0.AAAA-short"),
    ('{"client_secret": "hunter2"}', "hunter2"),
    ("alex@contoso.com", "alex"),
    ("k" * 64, "kkkk"),
)


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_do_not_reach_a_report(text: str, secret: str) -> None:
    kept = redact(f"failed with {text} at the end")
    assert secret not in kept
    assert "[removed]" in kept
    assert kept.startswith("failed with ")


def test_a_report_names_frames_but_no_values(tmp_path: Path) -> None:
    def breaks() -> None:
        access_token = "CANARY-LOCAL"
        raise KeyError(f"user alex@contoso.com {len(access_token)}")

    try:
        breaks()
    except KeyError as error:
        text = report(error, now=0)
        path = write_report(error, tmp_path / "reports", now=0)
    assert "1970-01-01T00:00:00Z" in text
    assert "in breaks" in text
    assert "KeyError" in text
    assert "CANARY" not in text
    assert "alex@" not in text
    assert path is not None
    assert path.read_text(encoding="utf-8") == text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert str(path) in sentence(path)


def test_a_report_that_cannot_be_written_is_no_second_crash(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    assert write_report(RuntimeError("x"), blocked / "reports") is None
    assert "could not be written" in sentence(None)
