"""`notifications` of a policy file: whom Microsoft writes to, and about what."""

from __future__ import annotations

from collections.abc import Iterator

from m365backup_tui.domain.lists_addresses import address_problem
from m365backup_tui.domain.notifications import MOST_RECIPIENTS, RecipientRole
from m365backup_tui.domain.policy_file import Entry, NotificationWish
from m365backup_tui.domain.policy_file_fields import Fields, shown
from m365backup_tui.domain.policy_file_yaml import Items, Keys, Scalar
from m365backup_tui.domain.products import Product

KEYS = ("enabled", "events", "recipients")
EVENTS = {"all": True, "important": False}
ROLES = {
    "global-admins": RecipientRole.GLOBAL_ADMINS,
    "backup-admins": RecipientRole.BACKUP_ADMINS,
    "all-admins": RecipientRole.ALL_ADMINS,
    "none": RecipientRole.NONE,
}


def notifications(fields: Fields, root: Keys) -> NotificationWish | None:
    """None where the file does not speak of them."""
    value = root.get("notifications")
    if value is None:
        return None
    line = root.line_of("notifications")
    if not isinstance(value, Keys) or not value.values:
        fields.add(line, "notifications", f"Write {', '.join(KEYS[:2])} or {KEYS[2]} below it.")
        return None
    fields.keys(value, KEYS, "notifications.")
    enabled = fields.switch(value, "enabled", "notifications.enabled")
    events = fields.choice(value, "events", "notifications.events", list(EVENTS))
    role, addresses = _recipients(fields, value)
    return NotificationWish(enabled, EVENTS.get(events), role, addresses, line)


def _recipients(fields: Fields, value: Keys) -> tuple[RecipientRole | None, tuple[Entry, ...]]:
    place = "notifications.recipients"
    listed = value.get("recipients")
    if isinstance(listed, Scalar):
        if "@" in listed.text:
            rule = f"Write addresses as a list: a line of its own with “- {shown(listed.text)}”."
            fields.add(listed.line, place, rule)
            return None, ()
        word = fields.choice(value, "recipients", place, list(ROLES))
        return ROLES.get(word), ()
    if listed is None:
        return None, ()
    found = tuple(_addresses(fields, value, place))
    if isinstance(listed, Items):
        if not listed.values:
            rule = f"Write at least one address, or one of: {', '.join(ROLES)}."
            fields.add(value.line_of("recipients"), place, rule)
        elif len(listed.values) > MOST_RECIPIENTS:
            rule = f"{len(listed.values)} addresses: {MOST_RECIPIENTS} at most. A group's address counts as one."
            fields.add(value.line_of("recipients"), place, rule)
    return RecipientRole.CUSTOM, found


def _addresses(fields: Fields, value: Keys, place: str) -> Iterator[Entry]:
    seen: dict[str, int] = {}
    for text, line, where in fields.texts(value, "recipients", place, "address"):
        if rule := address_problem(Product.EXCHANGE, text):
            fields.add(line, where, f"{shown(text)}: {rule}")
        elif text.casefold() in seen:
            fields.add(line, where, f"{text}: line {seen[text.casefold()]} has it already.")
        else:
            yield Entry(text, line)
        seen.setdefault(text.casefold(), line)
