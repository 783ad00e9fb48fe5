"""What `?` says on the sign-in page."""

from __future__ import annotations

from m365backup_tui.screens.help_text import HelpText, Link

HELP = HelpText(
    "This machine never sees your password. By code: open the address on any device, type the code and sign in "
    "there. Through a browser: open the long address; the browser comes back to a port of this host, by itself "
    "where ssh -L brings it, or as the address that you paste. This page notices by itself.",
    "A code is easiest over SSH. A browser works where codes are blocked or a managed PC is asked for. The "
    "application that asks is named on the page; A shows what else could. Only use a code or an address that "
    "you asked for yourself: whoever gives you one gets the sign-in.",
    (
        ("B", "The other way: a code, or a browser"),
        ("N", "A new code or address"),
        ("U", "Copy the address to open"),
        ("F", "Browser: the whole address, plain, for selecting by mouse"),
        ("W", "Browser: the address as a file that only you can read"),
        ("A", "Which application asks, and what else could"),
        ("Tab", "Browser: the cursor into the box; a paste finds it by itself"),
    ),
    (
        Link(
            "Conditional Access and device code",
            "https://learn.microsoft.com/entra/identity/conditional-access/"
            "policy-block-authentication-flows",
        ),
    ),
)
