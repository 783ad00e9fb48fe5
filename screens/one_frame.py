"""A screen that draws what changed in one go, not the moved widgets first and the rest a moment later."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen

R = TypeVar("R")


class OneFrame(Screen[R]):
    """A new page is laid out and painted anew. Textual 8.2.8 sends that as two frames: first the regions that the
    layout changed, still between what the page before left there, and then the whole screen. On a slow line a person
    sees (and a screen reader reads) the list of a page under the heading of another one."""

    def _on_timer_update(self) -> None:
        """Make the coming frame, which the new layout asks for anyway, the whole screen."""
        drawn_now = self.is_current and not self.app._batch_count  # Textual is pinned exactly
        if drawn_now and self._layout_required and self._repaint_required:
            self._repaint_required = False
            self._dirty_widgets.add(self)
        super()._on_timer_update()
