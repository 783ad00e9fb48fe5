"""`completion SHELL`: the script that the shell loads. What Tab is answered then is `completing.py`'s."""

from __future__ import annotations

import argparse

PROGRAM = "m365backup-tui"


def completion(arguments: argparse.Namespace) -> int:
    """Prints the script of this shell."""
    from argcomplete.shell_integration import shellcode

    print(shellcode([PROGRAM], shell=arguments.shell).strip())
    return 0
