"""What ships: every module and style of the linked top-level folders is in the wheel, and nothing else's name."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_every_module_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    wanted = {
        f"m365backup_tui/{path.relative_to(ROOT).as_posix()}"
        for folder in ("screens", "styles")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".tcss")
    }
    wanted |= {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "m365backup_tui").rglob("*.py")
        if "screens" not in path.parts and "styles" not in path.parts
    }
    assert wanted - names == set()


def test_every_schema_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    here = {f"m365backup_tui/schemas/{p.name}" for p in (ROOT / "m365backup_tui/schemas").iterdir()}
    assert len(here) > 10
    assert here - set(wheel.namelist()) == set()


def test_every_schema_is_in_the_source_archive(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        shipped = {Path(name).name for name in archive.getnames() if "/schemas/" in name}
    assert {p.name for p in (ROOT / "m365backup_tui/schemas").iterdir()} - shipped == set()


def test_no_other_top_level_name_and_no_caches_are_shipped(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    tops = {n.split("/")[0] for n in names}
    ours = {t for t in tops if not t.endswith((".dist-info", ".data"))}
    assert ours == {"m365backup_tui"}
    assert [n for n in names if "__pycache__" in n] == []


def test_the_man_page_is_shipped_where_man_looks(wheel: zipfile.ZipFile) -> None:
    (name,) = (
        n for n in wheel.namelist() if n.endswith(".data/data/share/man/man1/m365backup-tui.1")
    )
    assert wheel.read(name) == (ROOT / "docs" / "m365backup-tui.1").read_bytes()
    shared = [n for n in wheel.namelist() if ".data/" in n]
    assert shared == [name]


def test_help_needs_neither_textual_nor_an_sdk() -> None:
    code = (
        "import sys\n"
        "from m365backup_tui.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'textual', 'msal', 'msgraph', 'azure', 'httpx', 'aiohttp', 'requests', 'keyring'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_command_needs_textual_and_none_loads_an_sdk_before_it_runs() -> None:
    code = (
        "import sys, importlib, pkgutil\n"
        "import m365backup_tui.headless as found\n"
        "for one in pkgutil.iter_modules(found.__path__):\n"
        "    importlib.import_module(f'm365backup_tui.headless.{one.name}')\n"
        "heavy = {'textual', 'rich', 'msal', 'msgraph', 'azure', 'httpx', 'aiohttp', 'ruamel'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_frame_loads_no_sdk() -> None:
    code = (
        "import sys\n"
        "import m365backup_tui.main_screen, m365backup_tui.screens.welcome\n"
        "heavy = {'msal', 'msgraph', 'azure', 'httpx', 'aiohttp', 'requests', 'keyring', 'segno'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_a_terminal_the_wizard_names_its_headless_twin() -> None:
    command = [sys.executable, "-m", "m365backup_tui", "--practice"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2
    assert "m365backup-tui apply examples/onboarding.yaml --practice --yes" in done.stderr
    assert done.stderr.strip().count("\n") == 0
