"""What ? shows in the picker: what is listed there, and every key that works."""

from __future__ import annotations

from m365backup_tui.domain.facts import SHARED_MAILBOX
from m365backup_tui.domain.products import Product
from m365backup_tui.screens.help_text import HelpText


def picker_help(product: Product) -> HelpText:
    """How to choose units of a product."""
    return HelpText(
        f"Everything that can be protected of {product.label}. What another policy protects, or "
        "what Microsoft 365 Backup cannot protect, is dimmed: Space on it says why.",
        f"Sizes come from the usage report and may be a day or two old. {SHARED_MAILBOX.dated}.",
        (
            ("A", "choose all that match and no policy holds, now; what appears later is not added"),
            ("F", "list only what is not protected, or by policy, size, last use, kind"),
            ("O", "order as listed, by name, by size or by last use"),
            ("V", "mark a row; V on another row chooses all between them"),
            ("M", "move from another policy: it leaves that one first, and meanwhile has no new backups"),
            ("X", "take all that match out of the choice"),
            ("U", "undo the last step, and the one before"),
            ("I", "paste addresses, read a CSV file, or take who is in a group"),
            ("G", "let the service choose by a rule: once, or from now on"),
            ("T", "search Microsoft 365 itself: at once, and also for what this list lacks"),
        ),
    )  # fmt: skip
