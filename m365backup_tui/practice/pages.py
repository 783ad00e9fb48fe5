"""The plain HTML of the practice tenant's pages: sign-in and admin center. No scripts, no colour."""

from html import escape

from aiohttp import web

from m365backup_tui.practice.personas import PERSONAS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}"
    "fieldset{margin:1rem 0;padding:1rem}label{display:block;margin:.5rem 0}"
    "button,input,select{font:inherit;padding:.4rem .8rem}"
)


def page(title: str, body: str, status: int = 200) -> web.Response:
    """A whole page; `body` is HTML that is already safe."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><p>Practice tenant: nothing here is real.</p><h1>{escape(title)}</h1>{body}"
        "</body></html>"
    )
    return web.Response(text=text, content_type="text/html", status=status)


def hidden(values: dict[str, str]) -> str:
    """Hidden form fields."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )


def persona_choice() -> str:
    """A choice of who is at the browser; field name `persona`."""
    options = "".join(
        f'<option value="{escape(persona.key)}">{escape(f"{persona.name}: {persona.says}")}</option>'
        for persona in PERSONAS
    )
    return f'<label>Who are you? <select name="persona">{options}</select></label>'


def choice(label: str, name: str, options: list[tuple[str, str]], selected: str = "") -> str:
    """A drop-down; options are (value, text)."""
    inner = "".join(
        f'<option value="{escape(value)}"{" selected" if value == selected else ""}>'
        f"{escape(text)}</option>"
        for value, text in options
    )
    return f'<label>{escape(label)} <select name="{escape(name)}">{inner}</select></label>'
