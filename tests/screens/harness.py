"""The real app on a state made by hand, with a wizard that moves but writes down instead of working."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from m365backup_tui.app import BackupApp
from m365backup_tui.domain.coverage import Kind
from m365backup_tui.domain.groups import GroupRef
from m365backup_tui.domain.lists import ListCheck
from m365backup_tui.domain.plan import Draft
from m365backup_tui.domain.policies import Policy
from m365backup_tui.domain.products import Product
from m365backup_tui.domain.rehearsal import Change
from m365backup_tui.domain.rules import RuleWish
from m365backup_tui.domain.run import Run
from m365backup_tui.domain.session import Account, KeptIn
from m365backup_tui.domain.settings import SignInSettings
from m365backup_tui.events import AnotherWanted, Event, SettingsKnown
from m365backup_tui.ports import Tools
from m365backup_tui.state import State
from m365backup_tui.steps import StepId
from m365backup_tui.store import Store
from m365backup_tui.terminal.profile import TerminalProfile
from m365backup_tui.wizard import Wizard
from tests.screens.asks_applications import AsksApplications

NOW = datetime(2026, 11, 21, 10, 42, tzinfo=UTC)
SIZE = (80, 24)
WIDE = (120, 40)


class StillClock:
    """A clock that a test moves by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing sleeps in a test of screens")


class RecordingWizard(AsksApplications, Wizard):
    """Moves, answers and drafts are real; what would reach a cloud or a disk is only written down in `asked`."""

    def __init__(self, state: State, *, ready: bool = True) -> None:
        self.clock = StillClock()
        self.still_tools = cast("Tools", SimpleNamespace(clock=self.clock))
        super().__init__(Store(state), self.still_tools if ready else None)
        self.asked: list[str] = []
        self.changes: list[Change] = []
        self.typed = ""  # the passphrase given last

    def happen(self, *events: Event) -> None:
        """What the cloud would have answered."""
        for event in events:
            self.store.send(event)

    def become_ready(self) -> None:
        self._tools = self.still_tools

    def sign_in(self, *, another: bool = False) -> None:
        self.asked.append("sign_in another" if another else "sign_in")
        if another:
            self.store.send(AnotherWanted())

    def sign_in_by_browser(self, *, another: bool = False) -> None:
        self.asked.append("sign_in_by_browser another" if another else "sign_in_by_browser")
        if another:
            self.store.send(AnotherWanted())

    def cancel_sign_in(self) -> None:
        self.asked.append("cancel_sign_in")
        super().cancel_sign_in()

    def paste_address(self, address: str) -> None:
        self.asked.append(f"paste_address {address!r}")

    def save_address(self, path: Path) -> None:
        self.asked.append(f"save_address {path}")

    def change_sign_in(self, settings: SignInSettings) -> None:
        self.asked.append(f"change_sign_in {settings.way}")
        self.store.send(SettingsKnown(settings))

    def list_accounts(self) -> None:
        self.asked.append("list_accounts")

    def switch_account(self, account: Account) -> None:
        self.asked.append(f"switch_account {account.username}")

    def list_homes(self) -> None:
        self.asked.append("list_homes")

    def keep_sign_in(self, where: KeptIn, passphrase: str = "") -> None:
        self.asked.append(f"keep_sign_in {where}{' with a passphrase' if passphrase else ''}")
        self.typed = passphrase

    def unlock_sign_in(self, passphrase: str) -> None:
        self.asked.append("unlock_sign_in")
        self.typed = passphrase

    def look_for_azure_cli(self) -> None:
        self.asked.append("look_for_azure_cli")

    def play_person(self, persona_key: str) -> None:
        self.asked.append(f"play_person {persona_key}")

    def decline_person(self) -> None:
        self.asked.append("decline_person")

    def sign_out(self, account: Account | None = None) -> None:
        self.asked.append(f"sign_out {account.username}" if account else "sign_out")

    def sign_out_everywhere(self) -> None:
        self.asked.append("sign_out_everywhere")

    def use_azure_cli(self) -> None:
        self.asked.append("use_azure_cli")

    def check_access(self) -> None:
        self.asked.append("check_access")

    def load_groups(self) -> None:
        self.asked.append("load_groups")

    def load_provider(self) -> None:
        self.asked.append("load_provider")

    def prepare_azure(self) -> None:
        self.asked.append("prepare_azure")

    def accept_terms(self) -> None:
        self.asked.append("accept_terms")

    def watch_billing(self) -> None:
        self.asked.append("watch_billing")

    def play_admin_center(self) -> None:
        self.asked.append("play_admin_center")

    def load_policies(self) -> None:
        self.asked.append("load_policies")

    def open_policy(self, policy: Policy) -> None:
        self.asked.append(f"open_policy {policy.id}")

    def name_units(self, policy: Policy, words: str, *, removing: bool) -> None:
        self.asked.append(f"name_units {policy.id} {words}{' removing' if removing else ''}")

    def search_service(self, product: Product, words: str) -> None:
        self.asked.append(f"search_service {product} {words}")

    def load_catalog(self, product: Product) -> None:
        self.asked.append(f"load_catalog {product}")

    def check_text(self, draft: Draft, text: str, has_header: bool | None = None) -> None:
        self.asked.append(f"check_text {draft.product} {text}{_header_words(has_header)}")

    def check_file(self, draft: Draft, path: Path, has_header: bool | None = None) -> None:
        self.asked.append(f"check_file {draft.product} {path}{_header_words(has_header)}")

    def check_group(self, draft: Draft, group: GroupRef) -> None:
        self.asked.append(f"check_group {draft.product} {group.id}")

    def stop_checking(self) -> None:
        self.asked.append("stop_checking")
        super().stop_checking()

    def keep_problems(self, check: ListCheck) -> None:
        self.asked.append(f"keep_problems {len(check.problems)}")

    def load_rules(self, product: Product, policy_id: str) -> None:
        self.asked.append(f"load_rules {policy_id}")

    def search_groups(self, words: str) -> None:
        self.asked.append(f"search_groups {words}".strip())

    def measure_groups(self, groups: Sequence[GroupRef]) -> None:
        self.asked.append(f"measure_groups {' '.join(group.id for group in groups)}")

    def preview_rule(self, wish: RuleWish, own: str) -> None:
        self.asked.append(f"preview_rule {wish.words} for {own or 'a new policy'}")

    def read_coverage(self, *, anew: bool = False) -> None:
        self.asked.append("read_coverage anew" if anew else "read_coverage")

    def save_coverage(self, product: Product, kinds: Sequence[Kind]) -> None:
        self.asked.append(f"save_coverage {product} {', '.join(kinds)}")

    def make_plan(self) -> None:
        self.asked.append("make_plan")

    def apply(self) -> None:
        self.asked.append("apply")

    def resume(self, run: Run) -> None:
        self.asked.append(f"resume {run.id}")

    def stop(self) -> None:
        self.asked.append("stop")

    def look_at_rehearsal(self) -> None:
        self.asked.append("look_at_rehearsal")

    def rehearse(self, change: Change) -> None:
        self.changes.append(change)

    def prepare_again(self, run: Run, *, reverse: bool) -> None:
        self.asked.append(f"prepare_again {run.id}{' reverse' if reverse else ''}")

    def stop_preparing(self) -> None:
        self.asked.append("stop_preparing")

    def save_failed(self, run: Run) -> None:
        self.asked.append(f"save_failed {run.id}")

    def save_plan(self, path: Path) -> None:
        self.asked.append(f"save_plan {path}")

    def save_policy_file(self, path: Path) -> None:
        self.asked.append(f"save_policy_file {path}")


def _header_words(has_header: bool | None) -> str:
    return "" if has_header is None else f" header {has_header}"


class Shown(BackupApp):
    """The app with a wizard that tests may look into."""

    wizard: RecordingWizard

    @property
    def asked(self) -> Sequence[str]:
        return self.wizard.asked

    def at(self) -> StepId:
        """The step the state stands at now (a call, so that mypy does not remember an earlier answer)."""
        return self.wizard.state.at


def app_showing(
    state: State, *, ready: bool = True, profile: TerminalProfile | None = None
) -> Shown:
    """The app at the step `state.at`; nothing behind it."""
    return Shown(RecordingWizard(state, ready=ready), profile)


def text_of(app: Shown) -> str:
    """What the app shows as one line of words, so that a test need not know where a line was broken."""
    strips = app.screen._compositor.render_strips()
    lines = ("".join(part.text for part in strip) for strip in strips)
    return " ".join(" ".join(lines).split())
