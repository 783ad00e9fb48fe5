"""The HTML of signing in: plain forms that work without JavaScript."""

import uuid
from html import escape

from aiohttp import web

from m365backup_tui.practice.entra.asking import Request
from m365backup_tui.practice.entra.clients import Client
from m365backup_tui.practice.entra.refusals import aadsts
from m365backup_tui.practice.entra.scopes import RESOURCE_NAMES
from m365backup_tui.practice.errors import OAuthError
from m365backup_tui.practice.pages import choice, hidden, note, page
from m365backup_tui.practice.personas import Persona, Personas

CONFIRM = "Only go on if you started this sign-in yourself, just now."
SECOND_FACTOR = (
    "This sign-in asks for a second factor. Nobody has one here: going on counts as having passed."
)


def sorry(refused: OAuthError) -> web.Response:
    """A refusal that stays at the browser."""
    text = str(refused.body(str(uuid.uuid4()))["error_description"])
    return page("Sorry, you cannot sign in", note(text, wrong=True), status=400)


def pick_account(
    client: Client,
    personas: Personas,
    kept: dict[str, str],
    hint: str = "",
    second_factor: bool = False,
) -> web.Response:
    """Who signs in. `kept` goes along as hidden fields; `hint` is a user name to preselect."""
    body = (
        f"<p>You are signing in to <strong>{escape(client.name)}</strong>. {CONFIRM}</p>"
        f"{note(SECOND_FACTOR) if second_factor else ''}"
        f'<form method="post">{hidden(kept)}{_people(personas, hint)}'
        '<button name="decision" value="approve">Sign in</button> '
        '<button name="decision" value="decline">Cancel</button></form>'
    )
    return page("Pick an account", body)


def ask_consent(
    client: Client,
    lacking: list[tuple[Request, tuple[str, ...]]],
    persona: Persona,
    kept: dict[str, str],
    for_all: bool,
) -> web.Response:
    """What the application wants. `for_all`: this person may accept for everybody."""
    everybody = (
        '<label><input type="checkbox" name="everybody" value="yes"> '
        "Consent on behalf of your organization</label>"
        if for_all
        else ""
    )
    body = (
        f"<p>{escape(persona.upn)}</p><p><strong>{escape(client.name)}</strong> would like to:</p>"
        f'{_wishes(lacking)}<form method="post">'
        f"{hidden({**kept, 'persona': persona.key, 'decision': 'approve'})}{everybody}"
        '<button name="consent" value="accept">Accept</button> '
        '<button name="consent" value="refuse">Cancel</button></form>'
    )
    return page("Permissions requested", body)


def need_admin(
    client: Client, lacking: list[tuple[Request, tuple[str, ...]]], kept: dict[str, str]
) -> web.Response:
    """Only an administrator may accept what the application wants."""
    number = aadsts(90094).number
    body = (
        note(f"AADSTS{number}: {client.name} needs permissions that only an administrator can "
             "grant. Ask an administrator to grant them before you can use it.", wrong=True)
        + _wishes(lacking)
        + f'<form method="post">{hidden({**kept, "decision": "approve"})}'
        '<button name="consent" value="refuse">Return without granting</button></form>'
    )  # fmt: skip
    return page("Need admin approval", body)


def admin_consent(
    client: Client,
    personas: Personas,
    wishes: list[tuple[Request, tuple[str, ...]]],
    kept: dict[str, str],
) -> web.Response:
    """The admin consent page."""
    body = (
        f"<p><strong>{escape(client.name)}</strong> asks, for everybody in the organization, "
        f"to:</p>{_wishes(wishes)}"
        f'<form method="post">{hidden(kept)}{_people(personas)}'
        '<button name="consent" value="accept">Accept</button> '
        '<button name="consent" value="refuse">Cancel</button></form>'
    )
    return page("Permissions requested: review for your organization", body)


def go_back(address: str, values: dict[str, str]) -> web.Response:
    """The answer as a form to the redirect address (response_mode=form_post)."""
    body = (
        f'<form method="post" action="{escape(address)}">{hidden(values)}'
        "<button autofocus>Go on to the application</button></form>"
    )
    return page("Signed in" if "code" in values else "Not signed in", body)


def ask_code(typed: str, wrong: str = "") -> web.Response:
    """The page that a device code is typed into."""
    body = (
        f"{note(wrong, wrong=True) if wrong else ''}"
        "<p>Only type a code that you asked for yourself, just now.</p>"
        '<form method="post"><label>Code <input name="user_code" autocomplete="off" required '
        f'value="{escape(typed)}" autofocus></label><button>Next</button></form>'
    )
    return page("Enter code to allow access", body, status=400 if wrong else 200)


def done(title: str, text: str) -> web.Response:
    """The last page."""
    return page(title, f"<p>{escape(text)} You can close this page.</p>")


def _people(personas: Personas, hint: str = "") -> str:
    selected = next((one.key for one in personas if one.upn.lower() == hint.lower()), "")
    options = [(one.key, f"{one.name}: {one.says}") for one in personas]
    return choice("Who are you?", "persona", options, selected or personas.everybody[0].key)


def _wishes(lacking: list[tuple[Request, tuple[str, ...]]]) -> str:
    lines = [
        f"<li>{escape(name)} ({escape(RESOURCE_NAMES[asked.resource])})</li>"
        for asked, names in lacking
        for name in names
    ]
    return f"<ul>{''.join(lines)}</ul>"
