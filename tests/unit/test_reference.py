"""The reference and the man page say what the parser says, and a man page is what they say it is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from m365backup_tui.arguments import make_parser
from m365backup_tui.help_pages import EXITS, PAGES, PROGRAM
from m365backup_tui.twins import SWITCHES, VALUES, twin
from tests.reference import MAN, PAGE, reference
from tests.reference_man import man_page

ANEW = "python -m tests.reference writes it anew"
# Lines of usage are laid out by argparse, a little otherwise in each version of Python.
pytestmark = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the pages are made with Python 3.11"
)


@pytest.fixture(autouse=True)
def _usual_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), ANEW


def test_the_man_page_is_fresh() -> None:
    assert MAN.read_text(encoding="utf-8") == man_page(), ANEW


def test_a_page_that_is_stale_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = make_parser()
    parser.of("check").add_argument("--brand-new", help="not on the page yet")
    for module in ("tests.reference", "tests.reference_man"):
        monkeypatch.setattr(f"{module}.make_parser", lambda: parser)
    assert PAGE.read_text(encoding="utf-8") != reference()
    assert MAN.read_text(encoding="utf-8") != man_page()


def test_both_name_every_command_option_and_variable() -> None:
    page = PAGE.read_text(encoding="utf-8")
    man = MAN.read_text(encoding="utf-8").replace("\\-", "-")
    parser = make_parser()
    words = {*PAGES, *(twin(name) for name in (*SWITCHES, *VALUES))}
    for one in (parser, *parser.commands().values()):
        words |= {name for a in one._actions for name in a.option_strings if name.startswith("--")}
    words -= {"--help", "--version"}
    assert {word for word in words if word not in page} == set()
    assert {word for word in words if word not in man} == set()


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_has_nothing_to_complain_of() -> None:
    done = subprocess.run(["mandoc", "-T", "lint", str(MAN)], capture_output=True, text=True)
    assert done.stdout + done.stderr == ""


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_shows_it(tmp_path: Path) -> None:
    env = {"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
    command = ["man", "--warnings", "-l", str(MAN)]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "EXIT STATUS" in done.stdout
    assert "M365BACKUP_TUI_STATE_DIR" in done.stdout


@pytest.mark.parametrize("name", ["", *PAGES])
def test_help_says_what_it_does_and_needs_its_exit_codes_and_examples(name: str) -> None:
    page = PAGES[name] if name else PROGRAM
    parser = make_parser().of(name) if name else make_parser()
    text = parser.format_help()
    assert "Needs: " in text
    assert set(page.exits) <= set(EXITS)
    for code, says in page.told_exits():
        assert f"  {code:<4} {says}" in text
    assert len(page.examples) >= 2
    for example in page.examples:
        assert f"  {example.command}\n" in text
    long = [line for line in text.splitlines() if len(line) > 80]
    assert long == []
