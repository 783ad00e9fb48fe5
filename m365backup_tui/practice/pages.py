"""The plain HTML of the practice tenant's pages: sign-in and admin center. No scripts, no outside resources."""

from collections.abc import Sequence
from html import escape

from aiohttp import web

from m365backup_tui.practice.personas import Personas

# Light and dark as the browser is set; every colour pair has a contrast of at least 4.5 to 1.
_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:Canvas;color:CanvasText}
header{background:#7a3e00;color:#fff;padding:.5rem 1rem;font-weight:600}
header b{letter-spacing:.12em;margin-right:.75rem}
main{max-width:44rem;margin:0 auto;padding:1rem}
nav{font-size:.9rem;margin-bottom:.25rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:0 0 1rem;padding:0}
nav a{display:inline-block;padding:.25rem 0}
h1{font-size:1.6rem;margin:.25rem 0 1rem}
h2{font-size:1.2rem;margin:1.5rem 0 .5rem}
dl{display:grid;grid-template-columns:fit-content(45%) 1fr;gap:.25rem 1rem;margin:0 0 1rem}
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
fieldset{margin:1rem 0;padding:1rem;border:1px solid GrayText;border-radius:.4rem;min-width:0}
legend{font-weight:600;padding:0 .4rem}
label{display:block;margin:.6rem 0}
label>select,label>input:not([type=checkbox]){margin-top:.2rem;display:block;width:100%;box-sizing:border-box}
button,input,select{font:inherit;padding:.45rem .8rem}
input[type=checkbox]{width:1.1rem;height:1.1rem;vertical-align:text-bottom}
button{min-width:8rem;cursor:pointer}
:focus-visible{outline:3px solid #c25e00;outline-offset:2px}
.note{border-left:.3rem solid #7a3e00;padding:.2rem .8rem;margin:1rem 0}
.small{font-size:.9rem}
"""


def page(
    title: str,
    body: str,
    status: int = 200,
    where: str = "",
    menu: Sequence[tuple[str, str]] = (),
) -> web.Response:
    """A whole page; `body` is HTML that is already safe.

    `where` is the menu path of the real page, `menu` are the pages beside it: (address, text).
    """
    links = "".join(f'<li><a href="{escape(to)}">{escape(text)}</a></li>' for to, text in menu)
    path = f'<nav aria-label="Pages"><ul>{links}</ul></nav>' if menu else ""
    path += f'<p class="small">{escape(where)}</p>' if where else ""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} (practice)</title><style>{_STYLE}</style></head>"
        "<body><header><b>PRACTICE</b>Practice tenant: nothing here is real.</header>"
        f"<main>{path}<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)


def note(text: str, wrong: bool = False) -> str:
    """A sentence that stands out; `wrong`: read out at once by a screen reader."""
    return f'<p class="note" role="{"alert" if wrong else "status"}">{escape(text)}</p>'


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values, one pair a line."""
    return f"<dl>{''.join(f'<dt>{escape(n)}</dt><dd>{escape(v)}</dd>' for n, v in rows)}</dl>"


def hidden(values: dict[str, str]) -> str:
    """Hidden form fields."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )


def persona_choice(personas: Personas) -> str:
    """A choice of who is at the browser; field name `persona`."""
    options = "".join(
        f'<option value="{escape(persona.key)}">{escape(f"{persona.name}: {persona.says}")}</option>'
        for persona in personas
    )
    return f'<label>Who are you? <select name="persona">{options}</select></label>'


def choice(
    label: str, name: str, options: list[tuple[str, str]], selected: str = "", ask: str = ""
) -> str:
    """A drop-down that has to be answered; options are (value, text). `ask` stands first where none is `selected`."""
    known = any(value == selected for value, _ in options)
    first = f'<option value="">{escape(ask)}</option>' if ask and options and not known else ""
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == selected else ""}>'
        f"{escape(text)}</option>"
        for value, text in options
    )
    return (
        f'<label>{escape(label)} <select name="{escape(name)}" required>{first}{inner}</select>'
        "</label>"
    )


def field(label: str, name: str, value: str = "", required: bool = True, hint: str = "") -> str:
    """One line of text to type; `hint` stands under the label."""
    told = f'<br><span class="small">{escape(hint)}</span>' if hint else ""
    return (
        f'<label>{escape(label)}{told} <input name="{escape(name)}" value="{escape(value)}"'
        f"{' required' if required else ''}></label>"
    )


def tick(label: str, name: str, on: bool = False, required: bool = False) -> str:
    """A box to tick; its value is `yes`."""
    return (
        f'<label><input type="checkbox" name="{escape(name)}" value="yes"'
        f"{' checked' if on else ''}{' required' if required else ''}> {escape(label)}</label>"
    )


def form(action: str, legend: str, inner: str, button: str) -> str:
    """A form that posts; `inner` is HTML that is already safe."""
    return (
        f'<form method="post" action="{escape(action)}"><fieldset>'
        f"<legend>{escape(legend)}</legend>{inner}<button>{escape(button)}</button></fieldset></form>"
    )


def paragraph(text: str) -> str:
    """A paragraph of plain text."""
    return f"<p>{escape(text)}</p>"
