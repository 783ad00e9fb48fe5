"""The keys that work on a screen: one value that feeds the key bar, the help page and the dispatch."""

from __future__ import annotations

from dataclasses import dataclass

_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "delete": "Del",
    "backspace": "Backspace",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "home": "Home",
    "end": "End",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a screen.

    `key` is Textual's name (`enter`, `escape`, `space`, `ctrl+s`, `f2`) or the character itself
    (`r`, `?`, `/`); letters count in both cases. `do` names what happens: `check_again` calls the
    screen's `action_check_again`. An empty `do` only shows the key: a widget handles it itself.
    A key that is not `enabled` stays in the bar, dimmed and in brackets, and pressing it shows
    `why_not` in the status line.

    Example: `Key("r", "Check again", do="check_again", enabled=not busy, why_not="Still checking.")`
    """

    key: str
    label: str
    enabled: bool = True
    why_not: str = ""
    do: str = ""

    @property
    def shown(self) -> str:
        """The key as printed on a keyboard: `Enter`, `Ctrl+Q`, `R`."""
        return show_key(self.key)


def show_key(key: str) -> str:
    """The name of a key for people."""
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if last in _NAMES:
        last = _NAMES[last]
    elif len(last) == 1 or (last[0] == "f" and last[1:].isdigit()):
        last = last.upper()
    return "+".join([*(m.capitalize() for m in modifiers), last])


def find_key(keys: tuple[Key, ...], name: str, character: str | None) -> Key | None:
    """The entry that a key press means, or None. `name` and `character` as Textual reports them."""
    pressed = {name, name.lower()}
    if character:
        pressed |= {character, character.lower()}
    return next((key for key in keys if key.key in pressed or key.key.lower() in pressed), None)
