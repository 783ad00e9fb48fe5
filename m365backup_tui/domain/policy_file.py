"""The policy file: the whole job as text that people read, keep and use for the next tenant. Names, never ids.

Version 1: `tenant` (a guard), `billing`, and `policies` by product, each with a name, a state and addresses.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from m365backup_tui.domain.billing import Node
from m365backup_tui.domain.products import ALL_PRODUCTS, Product

VERSION = 1
UNITS_KEY = {
    Product.EXCHANGE: "mailboxes",
    Product.ONEDRIVE: "accounts",
    Product.SHAREPOINT: "sites",
}


class Wanted(StrEnum):
    """The state that a policy is to end up in."""

    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One address, and the line of the file that it stands in (1 = first)."""

    address: str
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PolicyWish:
    """One policy as the file wants it. `source`: a CSV with more addresses, "" without one."""

    product: Product
    name: str
    state: Wanted = Wanted.ACTIVE
    units: tuple[Entry, ...] = ()
    remove: tuple[Entry, ...] = ()
    source: str = ""
    line: int = field(default=0, compare=False)
    source_line: int = field(default=0, compare=False)

    @property
    def place(self) -> str:
        """How problems name it: `policies.exchange “Mail”`."""
        return f"policies.{self.product} “{self.name}”"


@dataclass(frozen=True, slots=True)
class BillingWish:
    """Names as people know them; a region by its name or its display name."""

    subscription: str
    resource_group: str
    region: str
    node: Node = Node.BILLING
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """`tenant`: domain, name or id that the file is meant for, "" for any. `name`: the file's, for messages."""

    policies: tuple[PolicyWish, ...] = ()
    tenant: str = ""
    billing: BillingWish | None = None
    name: str = field(default="", compare=False)
    tenant_line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing wrong with a file: where, which field, and the rule as a sentence with the way out."""

    file: str
    line: int
    field: str
    rule: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.field}: {self.rule}"


def dump(file: PolicyFile, comments: Sequence[str] = ()) -> str:
    """The file as YAML; `comments` stand above it, one line each. Parses back to the same PolicyFile."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 10_000  # an address is never folded over two lines
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_data(file), out)
    head = "".join(f"# {line}\n" for line in comments)
    return head + out.getvalue()


def _data(file: PolicyFile) -> dict[str, Any]:
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
    data["policies"] = {
        str(product): [_wish(w) for w in file.policies if w.product is product]
        for product in ALL_PRODUCTS
        if any(w.product is product for w in file.policies)
    }
    return data


def _wish(wish: PolicyWish) -> dict[str, Any]:
    data: dict[str, Any] = {"name": wish.name, "state": str(wish.state)}
    if wish.units:
        data[UNITS_KEY[wish.product]] = [e.address for e in wish.units]
    if wish.source:
        data["from"] = wish.source
    if wish.remove:
        data["remove"] = [e.address for e in wish.remove]
    return data
