"""World: what the backup engine works on in one request, plus small helpers every part needs.

The engine's state is `state.data["backup"]`: `policies`, `units`, `rules`, `jobs` by id, plus a
counter for ids. All moments are ISO text in one format, so that text order is time order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from m365backup_tui.practice.clock import from_iso, to_iso
from m365backup_tui.practice.company import Company
from m365backup_tui.practice.company_model import stable_guid
from m365backup_tui.practice.entra.scopes import CLIENT_NAMES
from m365backup_tui.practice.graph.products import BY_KEY, Product

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """The tenant's backup as one request finds it.

    `actor` is "<user id> <client id>"; `touch` says what was changed; `legacy` = one active policy
    a product; `partial_failure` = one unit of each activation ends with an error.
    """

    data: Record
    now: datetime
    pace: float
    company: Company
    actor: str
    touch: Callable[[str], None]
    legacy: bool = False
    partial_failure: bool = False

    @property
    def moment(self) -> str:
        """Now, as the state writes it."""
        return to_iso(self.now)

    def after(self, documented: timedelta, since: str | None = None) -> str:
        """When a documented wait that began at `since` (default now) is over, at this pace."""
        start = self.now if since is None else from_iso(since)
        return to_iso(start + documented / self.pace)

    def table(self, name: str) -> dict[str, Record]:
        """One of policies, units, rules, jobs."""
        found: dict[str, Record] = self.data.setdefault(name, {})
        return found

    def new_id(self, kind: str) -> str:
        """A GUID no record has yet; the same in every run that makes the same requests."""
        self.data["sequence"] = int(self.data.get("sequence", 0)) + 1
        return stable_guid(kind, str(self.data["sequence"]))

    def units_of(self, policy_id: str) -> list[Record]:
        """The units that belong to the policy now, oldest first."""
        return [unit for unit in self.table("units").values() if unit["policy"] == policy_id]

    def policies_of(self, product: Product) -> Iterator[Record]:
        """The product's policies, oldest first."""
        return (one for one in self.table("policies").values() if one["product"] == product.key)


def product_of(record: Record) -> Product:
    """The product of a policy, unit, rule or job."""
    return BY_KEY[record["product"]]


def stamped(record: Record, world: World, like: Record | None = None) -> Record:
    """The record with created and modified stamps: of this request, or of the rule or job `like`
    whose work it is."""
    record["created"] = list(like["modified"]) if like else [world.moment, world.actor]
    record["modified"] = list(record["created"])
    return record


def modified(record: Record, world: World) -> None:
    """Set the last-modified stamp of this request."""
    record["modified"] = [world.moment, world.actor]


def stamps(world: World, record: Record) -> Record:
    """The four stamp properties as the API shows them."""
    created, changed = record["created"], record["modified"]
    return {
        "createdBy": _identity_set(world, created[1]),
        "createdDateTime": created[0],
        "lastModifiedBy": _identity_set(world, changed[1]),
        "lastModifiedDateTime": changed[0],
    }


def _identity_set(world: World, actor: str) -> Record:
    """The identitySet that graph.md §3 shows, from the short form in the state."""
    user_id, _, client_id = actor.partition(" ")
    user = world.company.user(user_id)
    person: Record = {"id": user_id}
    if user is not None:
        person |= {"displayName": user.display_name, "email": user.mail or user.upn}
    application = {"id": client_id, "displayName": CLIENT_NAMES.get(client_id)}
    return {"application": application, "user": person}
