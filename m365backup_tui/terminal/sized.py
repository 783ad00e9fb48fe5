"""A driver that knows one size of the terminal, also where the terminal does not tell it.

A serial console or a pty that nobody gave a size says 0 by 0. Textual 8.2.8 then takes 80 by 25 for the first frame
(from Rich) and 80 by 24 for the resize that follows (from shutil), and screens of ours were laid out by turns for the
one and the other, for ever: full load, 150 kB a second, deaf to SIGTERM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.driver import Driver


def sized(base: type[Driver]) -> type[Driver]:
    """`base`, beginning with the size that it tells later."""

    class SizedDriver(base):  # type: ignore[misc, valid-type]  # the base is only known at run time
        """The platform's driver, of one size."""

        def __init__(self, app: Any, **options: Any) -> None:
            super().__init__(app, **options)
            ask = getattr(self, "_get_terminal_size", None)  # Textual is pinned exactly
            if getattr(self, "_size", None) is None and ask is not None:
                self._size = ask()

    return SizedDriver
