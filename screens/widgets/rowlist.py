"""The list of the wizard: 10 rows or 200,000, moved through by keys, cheap on a slow line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.widget import Widget

from m365backup_tui.screens.widgets.paint import Painted, Part, marks_of
from m365backup_tui.screens.widgets.row_look import RowLook
from m365backup_tui.screens.widgets.rows import Column, Row, RowSource, Shown

CAP = 100
"""A row is never wider than this: a repaint at 200 columns would cost twice the bytes."""


class RowMessage(Message):
    """Something happened to one row: `event.row_id`."""

    def __init__(self, rows: RowList, row_id: str) -> None:
        super().__init__()
        self.rows = rows
        self.row_id = row_id

    @property
    def control(self) -> RowList:
        """The list, so that `@on(RowList.Chosen, "#sites")` works."""
        return self.rows


class RowList(Painted, can_focus=True):
    """A list with a cursor, optional boxes, marks and header. It keeps no data but its cursor.

    A Painted line-API widget: moving sends two lines, and at the edge the view jumps by half a
    page, so a held key stays around 200 bytes a press (reference/terminal.md §3). Boxes show what
    the rows say; Space only *asks* (`Toggled`), and the screen answers by showing new rows.

    Example::

        rows = RowList((Column("Site"), Column("Size", 9, align="right")), boxes=True, id="sites")
        rows.show((Row("s1", ("Finance North", "41.2 GB"), checked=True),))

        @on(RowList.Toggled, "#sites")
        def _(self, event: RowList.Toggled) -> None: self.intend(ToggleSite(event.row_id))
    """

    DEFAULT_CSS = "RowList { height: 1fr; min-height: 4; max-width: 100%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(-1)", show=False),
        Binding("end", "edge(1)", show=False),
        Binding("space", "tick", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(RowMessage):
        """Enter on a row that can be chosen (lists without boxes)."""

    class Toggled(RowMessage):
        """Space on a row with a box, or on any row of a list without Enter."""

    class Moved(RowMessage):
        """The cursor is on another row."""

    class Refused(RowMessage):
        """Enter or Space on a disabled row; `event.reason` says why not."""

        def __init__(self, rows: RowList, row_id: str, reason: str) -> None:
            super().__init__(rows, row_id)
            self.reason = reason

    def __init__(
        self,
        columns: Sequence[Column] = (Column(),),
        rows: RowSource = (),
        *,
        boxes: bool = False,
        marks: bool = False,
        header: bool = False,
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        """`boxes` and `marks` reserve room for them; Enter is left to the screen with `boxes`.

        `empty` is the sentence shown when there are no rows.
        """
        super().__init__(id=id, classes=classes)
        self._look = RowLook(columns, boxes=boxes, signs=marks)
        self._rows: RowSource = rows
        self._header, self._empty = int(header), empty
        self._cursor = 0
        self._top = 0
        self._painted: dict[int, Row] = {}

    # What the screen calls

    def show(self, rows: RowSource, *, cursor: str | None = None) -> None:
        """Show these rows, repainting only visible lines that changed.

        The cursor stays on the row with the same id when that row is still visible, else on the
        same line; `cursor` moves it to the row with that id (looked for in order, so not for huge
        sources).
        """
        before = self.current
        length_changed = len(rows) != len(self._rows)
        line = self._cursor
        self._rows = rows
        if cursor is not None:
            self._cursor = self._find(cursor, range(len(rows)))
        elif before is not None:
            near = range(self._top, min(len(rows), self._top + self._page))
            self._cursor = self._find(before.id, [*near, self._cursor])
        self._cursor = max(0, min(self._cursor, len(rows) - 1))
        self._scroll_to_cursor()
        if length_changed:
            self._layout_cache.clear()
            self.refresh(layout=self.styles.height is not None and self.styles.height.is_auto)
        else:
            for index in range(self._top, min(len(rows), self._top + self._page)):
                moved = line != self._cursor and index in {line, self._cursor}
                if moved or self._painted.get(index) != rows[index]:
                    self._repaint(index)
        after = self.current
        if (before and before.id) != (after and after.id) and after is not None:
            self.post_message(self.Moved(self, after.id))

    @property
    def shown(self) -> Shown:
        """Everything the list shows, for whoever tells it in another way (plain mode)."""
        look = self._look
        return Shown(look.columns, self._rows, look.boxes, bool(self._header), self._empty)

    @property
    def current(self) -> Row | None:
        """The row under the cursor, or None when the list is empty."""
        return self._rows[self._cursor] if 0 <= self._cursor < len(self._rows) else None

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""
        return self._cursor

    def select(self, index: int) -> None:
        """Put the cursor on a row by index; out of range means the nearest end."""
        index = max(0, min(index, len(self._rows) - 1))
        if index == self._cursor:
            return
        old, self._cursor = self._cursor, index
        if not self._scroll_to_cursor():
            self._repaint(old)
            self._repaint(index)
        self._reveal()
        row = self.current
        if row is not None:
            self.post_message(self.Moved(self, row.id))

    # Keys

    def action_move(self, by: int) -> None:
        """One row up or down."""
        self.select(self._cursor + by)

    def action_page(self, by: int) -> None:
        """One page up or down."""
        self.select(self._cursor + by * max(1, self._page - 1))

    def action_edge(self, end: int) -> None:
        """To the first or the last row."""
        self.select(0 if end < 0 else len(self._rows) - 1)

    def action_tick(self) -> None:
        """Ask for the box of this row to change."""
        self._ask(self.Toggled)

    def action_choose(self) -> None:
        """Choose this row."""
        self._ask(self.Chosen)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With boxes Enter belongs to the screen; without them Space does."""
        if action == "choose":
            return not self._look.boxes
        if action == "tick":
            return self._look.boxes
        return True

    def _ask(self, message: type[RowMessage]) -> None:
        row = self.current
        if row is None:
            return
        if row.disabled:
            self.post_message(self.Refused(self, row.id, row.disabled))
        else:
            self.post_message(message(self, row.id))

    # Painting

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as there is room."""
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Header and rows (or the one sentence that stands for none)."""
        return self._header + max(1, len(self._rows))

    def paint(self, y: int, width: int) -> list[Part]:
        """One line: header, row, or the sentence for an empty list."""
        width, marks = min(width, CAP), marks_of(self)
        if y < self._header:
            return self._look.header(width, marks)
        index = self._top + y - self._header
        if index >= len(self._rows):
            return [Part(f"  {self._empty}", "dim")] if index == 0 else []
        row = self._painted[index] = self._rows[index]
        here = index == self._cursor
        return self._look.row(row, width, marks, here=here, lit=here and self.has_focus)

    @property
    def _page(self) -> int:
        return max(1, self.size.height - self._header)

    def _find(self, row_id: str, indices: Sequence[int]) -> int:
        rows = self._rows
        return next((i for i in indices if i < len(rows) and rows[i].id == row_id), self._cursor)

    def _repaint(self, index: int) -> None:
        y = index - self._top + self._header
        if self._header <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _scroll_to_cursor(self) -> bool:
        """Bring the cursor into view, by half a page when it left; True when the view moved."""
        page, last_top = self._page, max(0, len(self._rows) - self._page)
        top = self._top
        if self._cursor < top:
            top = self._cursor - page // 2 if self._cursor >= top - page else self._cursor
        elif self._cursor >= top + page:
            near = self._cursor < top + 2 * page
            top = self._cursor - page // 2 if near else self._cursor - page + 1
        top = max(0, min(top, last_top))
        if top == self._top:
            return False
        self._top = top
        self._painted.clear()
        self.refresh()
        return True

    def _reveal(self) -> None:
        """Keep the cursor line inside a scrolling parent and put the hardware cursor there.

        Screen readers follow the terminal's own cursor, hidden or not.
        """
        line = self._cursor - self._top + self._header
        parent = self.parent
        if isinstance(parent, Widget) and self.size.height > 0:
            place = self.virtual_region
            parent.scroll_to_region(Region(place.x, place.y + line, 1, 1), animate=False)
        if self.has_focus:
            self.app.cursor_position = self.content_region.offset + Offset(0, line)

    def _on_focus(self, event: events.Focus) -> None:
        self._repaint(self._cursor)
        self._reveal()
        super()._on_focus(event)

    def _on_blur(self, event: events.Blur) -> None:
        self._repaint(self._cursor)
        super()._on_blur(event)

    def on_resize(self) -> None:
        """Keep the cursor in view when the room changes."""
        self._painted.clear()
        self._scroll_to_cursor()
        self.call_after_refresh(self._reveal)
