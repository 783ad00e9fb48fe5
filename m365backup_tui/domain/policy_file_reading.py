"""Reads a policy file: a PolicyFile, or every problem with file, line, field, rule and what was probably meant."""

from __future__ import annotations

from m365backup_tui.domain.azure import group_name_problem
from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.lists_text import Unreadable, decode
from m365backup_tui.domain.policy_file import VERSION, BillingWish, FileProblem, PolicyFile
from m365backup_tui.domain.policy_file_fields import Fields
from m365backup_tui.domain.policy_file_notifications import notifications
from m365backup_tui.domain.policy_file_policies import policies
from m365backup_tui.domain.policy_file_yaml import Keys, NoYaml, Scalar, load

TOP = ("version", "tenant", "billing", "notifications", "policies")
BILLING = ("subscription", "resource_group", "region", "node")


def parse(data: bytes | str, name: str) -> PolicyFile | tuple[FileProblem, ...]:
    """`name` is the file's name, as problems show it. About 13,000 lines a second: long lists belong in a CSV."""
    try:
        root = load(decode(data) if isinstance(data, bytes) else data)
    except Unreadable:  # its own sentence is for lists
        rule = "This is no text: a policy file is YAML, saved as UTF-8."
        return (FileProblem(name, 1, "file", rule),)
    except NoYaml as error:
        return tuple(FileProblem(name, line, "file", rule) for line, rule in error.problems)
    if not isinstance(root, Keys):
        rule = "A policy file begins with “version: 1”, then “policies:”."
        return (FileProblem(name, 1, "file", rule),)
    fields = Fields(name)
    file = _file(fields, root)
    if fields.problems:
        return tuple(sorted(fields.problems, key=lambda p: p.line))
    return file


def _file(fields: Fields, root: Keys) -> PolicyFile:
    fields.keys(root, TOP, "", {"exchange": _BELOW, "onedrive": _BELOW, "sharepoint": _BELOW})
    _version(fields, root)
    if not any(key in root.values or fields.misspelt(root, key, TOP) for key in TOP[2:]):
        fields.add(root.line_of("policies"), "policies", "There is nothing to do in this file.")
    return PolicyFile(
        policies=tuple(policies(fields, root)),
        tenant=fields.text(root, "tenant", "tenant"),
        billing=_billing(fields, root),
        notifications=notifications(fields, root),
        name=fields.name,
        tenant_line=root.line_of("tenant"),
    )


_BELOW = "Indent it below “policies:”."


def _version(fields: Fields, root: Keys) -> None:
    value = root.get("version")
    if value is None:
        if not fields.misspelt(root, "version", TOP):
            fields.add(1, "version", f"It is missing: write “version: {VERSION}” first.")
    elif not (
        isinstance(value, Scalar) and value.kind == "int" and value.text.strip() == str(VERSION)
    ):
        rule = f"This program reads version {VERSION} only: write “version: {VERSION}”."
        fields.add(root.line_of("version"), "version", rule)


def _billing(fields: Fields, root: Keys) -> BillingWish | None:
    value = root.get("billing")
    if value is None:
        return None
    line = root.line_of("billing")
    if not isinstance(value, Keys):
        fields.add(line, "billing", "Write subscription, resource_group and region below it.")
        return None
    fields.keys(value, BILLING, "billing.")
    missing = "It is missing: billing needs it."

    def text(key: str) -> str:
        if key not in value.values:
            if not fields.misspelt(value, key, BILLING):
                fields.add(line, f"billing.{key}", missing)
            return ""
        return fields.text(value, key, f"billing.{key}", needed=missing)

    subscription, group, region = (text(key) for key in BILLING[:3])
    if group and (rule := group_name_problem(group)):
        fields.add(value.line_of("resource_group"), "billing.resource_group", f"{group}: {rule}")
    node = fields.choice(value, "node", "billing.node", [n.value for n in Node])
    return BillingWish(subscription, group, region, Node(node or Node.BILLING), line, value.lines)
