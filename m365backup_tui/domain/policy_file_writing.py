"""Writes a policy file as YAML: what is written reads back as it was."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from m365backup_tui.domain.notifications import RecipientRole
from m365backup_tui.domain.policy_file import (
    UNITS_KEY,
    VERSION,
    NotificationWish,
    PolicyFile,
    PolicyWish,
    RuleEntry,
    Source,
)
from m365backup_tui.domain.policy_file_notifications import EVENTS, ROLES
from m365backup_tui.domain.products import ALL_PRODUCTS


def dump(file: PolicyFile, comments: Sequence[str] = ()) -> str:
    """The file as YAML; `comments` stand above it, one line each. Parses back to the same PolicyFile."""
    return "".join(f"# {line}\n" for line in comments) + as_yaml(as_data(file))


def as_yaml(data: Mapping[str, Any] | Sequence[Any]) -> str:
    """Plain values as YAML in the layout of all our files."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 10_000  # an address is never folded over two lines
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()


def as_data(file: PolicyFile) -> dict[str, Any]:
    """The file as plain values, in the order in which people read them."""
    data: dict[str, Any] = {"version": VERSION}
    if file.tenant:
        data["tenant"] = file.tenant
    if file.billing:
        data["billing"] = {
            "subscription": file.billing.subscription,
            "resource_group": file.billing.resource_group,
            "region": file.billing.region,
            "node": str(file.billing.node),
        }
    if file.notifications and (said := _notifications(file.notifications)):
        data["notifications"] = said
    data["policies"] = {
        str(product): [_wish(w) for w in file.policies if w.product is product]
        for product in ALL_PRODUCTS
        if any(w.product is product for w in file.policies)
    }
    return data


def _notifications(wish: NotificationWish) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if wish.enabled is not None:
        data["enabled"] = wish.enabled
    if wish.all_events is not None:
        data["events"] = next(word for word, every in EVENTS.items() if every is wish.all_events)
    if wish.role is RecipientRole.CUSTOM:
        data["recipients"] = [entry.address for entry in wish.addresses]
    elif wish.role is not None:
        data["recipients"] = next(word for word, role in ROLES.items() if role is wish.role)
    return data


def _wish(wish: PolicyWish) -> dict[str, Any]:
    data: dict[str, Any] = {"name": wish.name, "state": str(wish.state)}
    if wish.exact:
        data["exact"] = True
    if wish.units:
        data[UNITS_KEY[wish.product]] = [e.address for e in wish.units]
    if wish.sources:
        data["from"] = _sources(wish.sources)
    if wish.remove:
        data["remove"] = [e.address for e in wish.remove]
    if wish.remove_sources:
        data["remove_from"] = _sources(wish.remove_sources)
    if wish.rules:
        data["rules"] = [_rule(rule) for rule in wish.rules]
    if wish.end_rules:
        data["end_rules"] = [_rule(rule) for rule in wish.end_rules]
    return data


def _sources(sources: Sequence[Source]) -> str | list[str]:
    paths = [source.path for source in sources]
    return paths if len(paths) > 1 else paths[0]


def _rule(rule: RuleEntry) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if rule.groups:
        data["groups"] = list(rule.groups)
    if rule.words:
        data["name_has"] = list(rule.words)
    if rule.address_words:
        data["address_has"] = list(rule.address_words)
    if rule.every:
        data["match"] = "all"
    if rule.changed_since is not None:
        data["changed_since"] = rule.changed_since
    if rule.dynamic:
        data["dynamic"] = True
    if rule.unprotect:
        data["unprotect"] = True
    return data
