"""The styles of cells as SGR strings: put together, and the shortest way from one to the next."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=2048)
def combine(style: str, added: str) -> str:
    """The SGR string after another one; empty for the terminal's default."""
    first, _, rest = added.partition(";")
    if first in {"", "0", "00"}:
        style, added = "", rest
    attributes, front, back = _parts(f"{style};{added}" if style and added else style or added)
    colours = [colour for colour in (front, back) if colour not in {"", "39", "49"}]
    return ";".join([*sorted(attributes), *colours])


@lru_cache(maxsize=2048)
def switch(before: str, after: str) -> str:
    """The shortest SGR from one style to another: additions when possible, else from nothing."""
    if not after:
        return "\x1b[0m"
    old_set, old_front, old_back = _parts(before)
    new_set, new_front, new_back = _parts(after)
    full = f"\x1b[0;{after}m" if before else f"\x1b[{after}m"
    if old_set - new_set or (old_front and not new_front) or (old_back and not new_back):
        return full
    added = sorted(new_set - old_set)
    added += [new_front] if new_front != old_front else []
    added += [new_back] if new_back != old_back else []
    short = f"\x1b[{';'.join(added)}m"
    return short if len(short) < len(full) else full


def _parts(style: str) -> tuple[frozenset[str], str, str]:
    """Attributes, foreground and background of an SGR string."""
    codes = style.split(";") if style else []
    attributes: set[str] = set()
    front = back = ""
    i = 0
    while i < len(codes):
        code = codes[i]
        size = 1
        if code in {"38", "48"}:
            size = 5 if codes[i + 1 : i + 2] == ["2"] else 3
        colour = ";".join(codes[i : i + size])
        if len(code) == 2 and code[0] in "39":  # 30-39 and the bright 90-97
            front = colour
        elif (len(code) == 2 and code[0] == "4") or (len(code) == 3 and code[:2] == "10"):
            back = colour
        else:
            attributes.add(code)
        i += size
    return frozenset(attributes), front, back
