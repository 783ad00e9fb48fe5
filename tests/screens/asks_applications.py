"""What pages about applications and consent ask of a wizard, written down in `asked`: a part of RecordingWizard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from m365backup_tui.domain.settings import SignInSettings


class AsksApplications:
    asked: list[str]

    def use_applications(self, settings: SignInSettings) -> None:
        chosen = (settings.graph_application, settings.azure_application, settings.tenant)
        self.asked.append(f"use_applications {' '.join(one or '-' for one in chosen)}")

    def list_applications(self) -> None:
        self.asked.append("list_applications")

    def look_at_own_app(self, *, everybody: bool = False) -> None:
        self.asked.append(f"look_at_own_app{' everybody' if everybody else ''}")

    def make_own_app(self) -> None:
        self.asked.append("make_own_app")

    def delete_own_app(self) -> None:
        self.asked.append("delete_own_app")

    def save_app_hand_off(self, path: Path) -> None:
        self.asked.append(f"save_app_hand_off {path}")

    def prepare_consent(self, scopes: Sequence[str]) -> None:
        self.asked.append(f"prepare_consent {' '.join(scopes)}")

    def check_consent(self, scopes: Sequence[str]) -> None:
        self.asked.append(f"check_consent {' '.join(scopes)}")

    def save_consent(self, scopes: Sequence[str], path: Path) -> None:
        self.asked.append(f"save_consent {path}")
