"""The one place where a screen finds its wizard: the app that hosts it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from textual.dom import DOMNode

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from m365backup_tui.state import State
    from m365backup_tui.wizard import Wizard


class Host(Protocol):
    """What a step needs of the app: `BackupApp` has it, and so has the harness of the tests."""

    wizard: Wizard


def wizard_of(node: DOMNode) -> Wizard:
    """The wizard of the app that shows `node`; `node` is mounted."""
    return cast("Host", node.app).wizard


class AppViewer:
    """The state of the app's wizard as a `Viewer`: screens are made before they are mounted."""

    def __init__(self, node: Callable[[], Widget]) -> None:
        self._node = node

    def view(self) -> State:
        """The newest state."""
        return wizard_of(self._node()).state

    def subscribe(self, callback: Callable[[State], None], /) -> Callable[[], None]:
        """Call `callback(state)` after every change; the returned function ends that."""
        return wizard_of(self._node()).store.subscribe(callback)
