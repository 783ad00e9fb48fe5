"""Line 1: product, tenant, account, and PRACTICE in reverse video when it is one."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from m365backup_tui.screens.widgets.paint import Painted, Part, marks_of
from m365backup_tui.screens.widgets.text import clean, cut


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """What line 1 says. `account` may carry a role: `Alex Wilber (Global Administrator)`."""

    product: str = "m365backup"
    tenant: str = ""
    account: str = ""
    practice: bool = False
    hint: str = ""  # the key that belongs to the badge


class TitleBar(Painted):
    """One line. `bar.show(TitleFacts(tenant="contoso.onmicrosoft.com", practice=True))`.

    The badge never gives way; the account is cut first, then the tenant.
    """

    _facts = TitleFacts()

    @property
    def facts(self) -> TitleFacts:
        """What the line says, for whoever tells it in another way (plain mode)."""
        return self._facts

    def show(self, facts: TitleFacts) -> None:
        """Show new facts; nothing is sent when they are the same."""
        if facts != self._facts:
            self._facts = facts
            self.refresh()

    def paint(self, y: int, width: int) -> list[Part]:
        """The facts from the left, the badge at the right edge."""
        facts, marks = self._facts, marks_of(self)
        badge = " PRACTICE " if facts.practice else ""
        hint = f"{facts.hint} " if badge and facts.hint else ""
        room = width - cell_len(hint + badge) - 1
        parts = [Part(f" {facts.product}", "strong")]
        room -= cell_len(parts[0].text)
        who = clean(facts.tenant)
        if facts.account:
            who = f"{who} {marks.between} {clean(facts.account)}" if who else clean(facts.account)
        who = cut(who, room - 2, marks.ellipsis)
        if who:
            parts.append(Part(f"  {who}"))
            room -= 2 + cell_len(who)
        if badge:
            parts += [Part(" " * max(1, room)), Part(hint, "strong"), Part(badge, "badge")]
        return parts
