"""May the session of Azure CLI on this host be used for Azure? Asked first, with who it is."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from m365backup_tui.screens.base import HelpText, Key
from m365backup_tui.screens.sub_page import SubPage
from m365backup_tui.screens.views.accounts import organization
from m365backup_tui.screens.widgets.prose import Prose
from m365backup_tui.state import State
from m365backup_tui.steps import StepId


class AzureCliPage(SubPage):
    """Enter uses it, here and next time; Esc changes nothing."""

    AT = StepId.SIGN_IN

    def content(self) -> Iterable[Widget]:
        """Who it is, then what it means."""
        yield Prose(id="whose", classes="gap")
        yield Prose(
            "No second sign-in then: the wizard asks az for a token for Azure whenever it needs one, and for "
            "nothing else. Microsoft 365 goes on with your own sign-in. Where Azure asks for fresh "
            "multifactor authentication, az cannot give it: you sign in here then.",
            classes="gap",
        )
        yield Prose("Applications (A on the sign-in page) changes it back.")

    def heading(self, view: State) -> str:
        """The question."""
        return "Use the session of Azure CLI for Azure?"

    def keys(self, view: State) -> tuple[Key, ...]:
        """Enter says yes."""
        return (Key("enter", "Use it", do="use"),)

    def help(self) -> HelpText:
        """Whose it has to be."""
        return HelpText(
            "Azure CLI (az) keeps a sign-in of its own on this host. It has to be of the same person and the "
            "same organization as yours here; another one is refused."
        )

    def render_view(self, view: State) -> None:
        """Account, organization, subscription."""
        super().render_view(view)
        found = view.azure_cli.value
        now = view.signed_in.account if view.signed_in else None
        if found is None or now is None:
            self.query_one("#whose", Prose).show("")
            return
        where = organization(now) if now.tenant_id == found.tenant_id else "another organization"
        lines = [f"Account       {found.username}", f"Organization  {where}"]
        if found.subscription_name:
            lines.append(f"Subscription  {found.subscription_name}")
        self.query_one("#whose", Prose).show("\n".join(lines))

    def action_use(self) -> None:
        """Enter: yes."""
        self.wizard.use_azure_cli()
        self.dismiss(None)
