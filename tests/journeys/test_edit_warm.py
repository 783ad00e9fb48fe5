"""Quick edits of a policy that was seen before: open at once, few keys to the plan, read anew before it is planned.

The sign-in is kept until the logout, which needs the kernel's keys (Linux)."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from m365backup_tui.cloud import kernel_key
from m365backup_tui.last_seen_names import names_of_policies
from tests.journeys.admin import ROOT, SLOW, Admin
from tests.journeys.terminal import Terminal

NO_KERNEL = kernel_key.why_not()
pytestmark = pytest.mark.skipif(bool(NO_KERNEL), reason=f"no keys of the kernel: {NO_KERNEL}")

MOST_KEYS = 20
FIRST = "[ ] Adele Vance"
HEADING = "Exchange “Finance” is active"
OLD = "As it was on"
FILE = """version: 1
billing: {subscription: Northwind Labs Production, resource_group: rg-m365backup, region: westeurope, node: billing}
policies:
  exchange:
    - name: Finance
      state: active
      mailboxes: [adele.vance@northwindlabs.onmicrosoft.com, bruno.keller@northwindlabs.onmicrosoft.com]
    - name: Sales
      state: active
      mailboxes: [aaron.wong@northwindlabs.example]
"""


class Desk:
    """A host with a kept sign-in and a tenant with two Exchange policies."""

    def __init__(self, folder: Path) -> None:
        self.state, runtime = folder / "state", folder / "run"
        self.state.mkdir(mode=0o700)
        runtime.mkdir(mode=0o700)
        (self.state / "settings.toml").write_text('[practice.sign_in]\nkeep = "until-logout"\n')
        self.env: Mapping[str, str] = {
            "DBUS_SESSION_BUS_ADDRESS": "",
            "XDG_RUNTIME_DIR": str(runtime),
            "HOME": str(folder),
        }
        (folder / "tenant.yaml").write_text(FILE)
        assert self.command("apply", str(folder / "tenant.yaml"), "--yes").returncode == 0

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [*self.argv(words[0]), *words[1:]]
        env = {**os.environ, **self.env}
        return subprocess.run(
            argv, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )

    def argv(self, command: str) -> list[str]:
        program = [sys.executable, "-m", "m365backup_tui", command]
        return [*program, "--practice", "--state-dir", str(self.state)]

    @contextmanager
    def edits(self, *words: str) -> Iterator[Admin]:
        """Each sitting begins without the drafts of the one before."""
        (self.state / "practice" / "progress.json").unlink(missing_ok=True)
        with Terminal([*self.argv("edit"), *words], 80, 24, env=self.env, cwd=ROOT) as terminal:
            admin = Admin(terminal, self.state)
            yield admin
            admin.press("ctrl+q")
            admin.sees("Leave now?")
            admin.press("enter")
            assert terminal.wait_exit(20) == 0

    @property
    def seen(self) -> Path:
        return self.state / "practice" / "last-seen"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """What opens at once in the tests below was read by `status`, which nobody asked for it."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert names_of_policies(desk.seen.parent, "exchange") == ("Finance", "Sales"), "apply told"
    with desk.edits("exchange", "Finance") as admin:  # seen for the first time: by way of the check
        admin.sees(FIRST)
        assert OLD not in admin.terminal.output.decode()
    shutil.rmtree(desk.seen)
    assert desk.command("status").returncode == 0
    return desk


def is_read_anew(admin: Admin) -> None:
    """The page is no longer that of last time, and the check is made."""
    admin.terminal.wait_until(lambda text: FIRST in text and OLD not in text, SLOW)


def test_it_opens_as_it_was_and_is_read_anew(desk: Desk) -> None:
    with desk.edits("exchange", "finance") as admin:
        admin.reads(HEADING, FIRST)
        assert OLD in admin.terminal.output.decode()  # a busy host may be past it by now
        is_read_anew(admin)
        assert "(signing in)" not in admin.terminal.text()


def test_add_by_name_is_at_its_plan_in_few_keys(desk: Desk) -> None:
    with desk.edits("exchange", "Finance") as admin:
        admin.sees(FIRST)
        admin.press("t")
        admin.sees("by typing")
        admin.type("aaron ellis")
        admin.press("enter")
        admin.reads("To be added: Aaron Ellis")
        admin.sees("  Ctrl+R Review")
        admin.press("ctrl+r")
        admin.sees("1 request;")
        assert admin.keys <= MOST_KEYS
        assert admin.keys == 14


def test_remove_by_name_is_at_its_plan_in_few_keys(desk: Desk) -> None:
    with desk.edits("exchange", "Finance") as admin:
        admin.sees(FIRST)
        admin.press("t", "tab")
        admin.sees("by typing")
        admin.type("bruno")
        admin.press("enter")
        admin.reads("To be removed: Bruno Keller")
        admin.sees("  Ctrl+R Review")
        admin.press("ctrl+r")
        admin.sees("1 request;")
        assert admin.keys <= MOST_KEYS


def test_remove_in_the_list_is_at_its_plan_in_few_keys(desk: Desk) -> None:
    with desk.edits("exchange", "Finance") as admin:
        admin.sees(FIRST)
        admin.press("/")
        admin.sees("To the list")
        admin.type("bruno")
        admin.press("enter", "d")
        admin.sees("to be removed")
        admin.terminal.wait_until(lambda text: "  V Review" in text and OLD not in text, SLOW)
        admin.press("v")
        admin.sees("1 request;")
        assert admin.keys <= MOST_KEYS


def test_add_by_file_is_at_its_plan_in_few_keys(desk: Desk) -> None:
    (Path(desk.env["HOME"]) / "a.csv").write_text(
        "mail\naaron.ellis@northwindlabs.example\naaron.lee@northwindlabs.example\n"
    )
    with desk.edits("exchange", "Finance") as admin:
        admin.sees(FIRST)
        admin.press("t")
        admin.sees("by typing")
        admin.type("~/a.csv")
        admin.press("enter")
        admin.reads("To be added: 2 mailboxes: Aaron Ellis, Aaron Lee")
        admin.sees("  Ctrl+R Review")
        admin.press("ctrl+r")
        admin.sees("1 request;")
        assert admin.keys <= MOST_KEYS


def test_pause_is_at_its_plan_in_few_keys(desk: Desk) -> None:
    with desk.edits("exchange", "Finance") as admin:
        admin.sees(FIRST)
        admin.press("p")
        admin.terminal.wait_until(lambda text: "  V Review" in text and OLD not in text, SLOW)
        admin.press("v")
        admin.sees("1 request;")
        assert admin.keys <= MOST_KEYS


def test_a_wrong_name_is_told_with_the_nearest_and_a_move_is_offered(desk: Desk) -> None:
    with desk.edits("exchange", "Finance") as admin:
        is_read_anew(admin)
        admin.press("t")
        admin.sees("by typing")
        admin.type("aron ellis")
        admin.press("enter")
        admin.reads("Did you mean “Aaron Ellis”")
        for _ in "aron ellis":
            admin.press("backspace")
        admin.type("aaron wong")
        admin.press("enter")
        admin.reads("“Sales” protects it already", "Enter Move it here")
        admin.press("enter")
        admin.reads("To be added: Aaron Wong")
        admin.press("ctrl+r")
        admin.reads("Sales")


def test_a_name_that_is_no_policy_leads_to_the_list(desk: Desk) -> None:
    with desk.edits("exchange", "Finanse") as admin:
        admin.reads(
            "There is no Exchange policy “Finanse”.",
            "“Finance” and “Sales”",
            "› ✓ Exchange Finance",
        )


def test_what_is_kept_is_closed_to_others_holds_no_token_and_goes_with_the_sign_in(
    desk: Desk,
) -> None:
    profile = desk.state / "practice"
    for path in (desk.seen, *desk.seen.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600)
    kept = "".join(path.read_text() for path in desk.seen.rglob("*.json"))
    assert "Adele Vance" in kept
    assert "eyJ" not in kept
    assert "refresh" not in kept
    assert names_of_policies(profile, "exchange") == ("Finance", "Sales")
    assert names_of_policies(profile, "onedrive") == ()
    assert desk.command("signout", "--all").returncode == 0
    assert not list(desk.seen.rglob("*.json"))
    assert names_of_policies(profile, "exchange") == ()
    with Terminal(
        [*desk.argv("edit"), "exchange", "Finance"], 80, 24, env=desk.env, cwd=ROOT
    ) as terminal:
        terminal.wait_for("Still valid for", SLOW)  # the sign-in comes first, as ever
        terminal.press("p")
        terminal.wait_for("Who sits at the browser?", SLOW)
        terminal.press("enter")
        terminal.reads(HEADING, FIRST, timeout=SLOW)  # and then straight to the policy
