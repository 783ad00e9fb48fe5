"""What may be filtered, searched and sorted by of users and groups, in the company's tables.

Sources: graph.md §12 and Microsoft's tables of query support by property of directory objects.
Properties that are missing here do not support $filter at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from m365backup_tui.practice.company.lookups import group_of, user_of
from m365backup_tui.practice.company.tables import GROUP_COLUMNS, USER_COLUMNS
from m365backup_tui.practice.graph import directory_shapes as shapes
from m365backup_tui.practice.graph.filter_sql import Column
from m365backup_tui.practice.graph.filters import Record
from m365backup_tui.practice.graph.search_sql import Searched


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of directory object: table `company.<table>` under the alias `o`.

    `sorting` gives the column and whether sorting by it needs the advanced query parameters.
    """

    what: str
    resource: str
    table: str
    names: tuple[str, ...]
    show: Callable[[Any], Record]
    properties: frozenset[str]
    default: tuple[str, ...]
    filters: Mapping[str, Column]
    searched: Searched
    sorting: Mapping[str, tuple[str, bool]]

    @property
    def selected(self) -> str:
        """The columns of a SELECT, the row number last."""
        return ",".join(f"o.{name}" for name in self.names) + ",o.row"


_CREATED = "(o.created || 'T08:00:00Z')"

USERS = Source(
    what="users",
    resource="User",
    table="person",
    names=tuple(USER_COLUMNS),
    show=lambda row: shapes.show_user(user_of(row)),
    properties=shapes.USER_PROPERTIES,
    default=tuple(shapes.USER_DEFAULT),
    filters={
        "id": Column("o.id", "id", null="no"),
        "displayname": Column("o.display_name"),
        "givenname": Column("o.given_name"),
        "surname": Column("o.surname"),
        "userprincipalname": Column("o.upn", "address", null="no"),
        "mail": Column("o.mail", "address"),
        "accountenabled": Column("o.account_enabled", "bool", null="no"),
        "usertype": Column("o.user_type", "id"),
        "department": Column("o.department"),
        "jobtitle": Column("o.job_title"),
        "officelocation": Column("o.office", advanced=True),
        "createddatetime": Column(_CREATED, "date", null="no"),
        "onpremisessyncenabled": Column("nullif(o.hybrid, 0)", "bool"),
        "assignedlicenses": Column("o.sku_id = ?", "collection", part="skuId"),
        "assignedlicenses/$count": Column("(o.sku_id IS NOT NULL)", "size", advanced=True),
    },
    searched=Searched(
        "person",
        {
            "displayname": "display_name",
            "givenname": "given_name",
            "surname": "surname",
            "userprincipalname": "upn",
            "mail": "mail",
            "department": "department",
            "jobtitle": "job_title",
            "officelocation": "office",
        },
    ),
    sorting={
        "displayname": ("row", False),
        "userprincipalname": ("upn", False),
        "createddatetime": ("created", True),
    },
)

_NICKNAME = "coalesce(substr(o.mail, 1, instr(o.mail, '@') - 1), substr(o.id, 1, 8))"

GROUPS = Source(
    what="groups",
    resource="Group",
    table="grp",
    names=tuple(GROUP_COLUMNS),
    show=lambda row: shapes.show_group(group_of(row)),
    properties=frozenset(shapes.GROUP_DEFAULT),
    default=tuple(shapes.GROUP_DEFAULT),
    filters={
        "id": Column("o.id", "id", null="no"),
        "displayname": Column("o.display_name"),
        "description": Column("o.description", advanced=True),
        "mail": Column("o.mail"),
        "mailnickname": Column(f"({_NICKNAME} COLLATE NOCASE)"),
        "mailenabled": Column("(o.kind <> 'security')", "bool", null="no"),
        "securityenabled": Column("(o.kind = 'security')", "bool", null="no"),
        "isassignabletorole": Column("nullif(o.role_assignable, 0)", "bool", null="no"),
        "grouptypes": Column("(o.kind = 'unified' AND ? = 'unified')", "collection"),
    },
    # No group of the company has a description: searching it finds nothing, by words or not.
    searched=Searched(
        "grp", {"displayname": "display_name", "description": "description", "mail": "mail"}
    ),
    sorting={"displayname": ("row", False)},
)
