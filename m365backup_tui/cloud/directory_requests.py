"""The directory, site and report requests, made with the SDK's builders. Importing this loads no SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from m365backup_tui.cloud.addresses import SITE_FIELDS, USER_FIELDS
from m365backup_tui.domain.groups import GROUPS_A_PAGE
from m365backup_tui.domain.products import Product

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.graph_service_client import GraphServiceClient

GROUP_FIELDS = "id,displayName,mail,mailEnabled,securityEnabled,groupTypes"
MEMBERS_A_PAGE = 999  # the most (page "List group transitive members")
USERS_A_PAGE = 999  # the most that is commonly known to work, UNVERIFIED (graph.md §12)
REPORT_PERIOD = "D30"
FOUND_A_PAGE = 200  # what a search shows; whoever does not find it there types one more word


def organization(client: GraphServiceClient) -> RequestInformation:
    info = client.organization.to_get_request_information()
    info.query_parameters["%24select"] = ["id", "displayName"]
    return info


def end_my_sessions(client: GraphServiceClient) -> RequestInformation:
    return client.me.revoke_sign_in_sessions.to_post_request_information()


def direct_roles(client: GraphServiceClient) -> RequestInformation:
    """The cast needs ConsistencyLevel and $count (graph.md §11.2)."""
    info = client.me.member_of.graph_directory_role.to_get_request_information()
    info.query_parameters["%24count"] = "true"
    info.headers.try_add("ConsistencyLevel", "eventual")
    return info


def all_roles(client: GraphServiceClient) -> RequestInformation:
    """Direct roles and those through groups."""
    info = client.me.transitive_member_of.graph_directory_role.to_get_request_information()
    info.query_parameters["%24count"] = "true"
    info.headers.try_add("ConsistencyLevel", "eventual")
    return info


def assignments(client: GraphServiceClient, object_id: str) -> RequestInformation:
    """Direct role assignments with their scope, names expanded."""
    roles = client.role_management.directory.role_assignments
    info = roles.to_get_request_information()
    info.query_parameters["%24filter"] = f"principalId eq '{object_id}'"
    info.query_parameters["%24expand"] = ["roleDefinition"]
    return info


def eligible_roles(client: GraphServiceClient) -> RequestInformation:
    instances = client.role_management.directory.role_eligibility_schedule_instances
    info = instances.filter_by_current_user_with_on("principal").to_get_request_information()
    info.query_parameters["%24expand"] = ["roleDefinition"]
    return info


def users(client: GraphServiceClient) -> RequestInformation:
    info = client.users.to_get_request_information()
    info.query_parameters["%24select"] = USER_FIELDS.split(",")
    info.query_parameters["%24orderby"] = ["displayName"]
    info.query_parameters["%24top"] = USERS_A_PAGE
    return info


def groups(client: GraphServiceClient, words: str) -> RequestInformation:
    """One page by name. Sorting and searching need ConsistencyLevel and $count (graph.md §12)."""
    info = client.groups.to_get_request_information()
    wanted = searchable(words)
    if wanted:
        info.query_parameters["%24search"] = f'"displayName:{wanted}" OR "mail:{wanted}"'
    info.query_parameters["%24select"] = GROUP_FIELDS.split(",")
    info.query_parameters["%24orderby"] = ["displayName"]
    info.query_parameters["%24count"] = "true"
    info.query_parameters["%24top"] = GROUPS_A_PAGE
    info.headers.try_add("ConsistencyLevel", "eventual")
    return info


def searchable(words: str) -> str:
    """Without what has a meaning in a clause: a quotation mark ends it, a backslash hides the next sign. Names are
    searched by words, so nothing is lost."""
    plain = "".join(c if c.isprintable() and c not in '"\\' else " " for c in words)
    return " ".join(plain.split()) if any(c.isalnum() for c in plain) else ""


def found_users(client: GraphServiceClient, words: str) -> RequestInformation:
    """Users whose name has every word, or whose address begins with them all (graph.md §12)."""
    info = client.users.to_get_request_information()
    wanted = searchable(words)
    named = " AND ".join(f'"displayName:{word}"' for word in wanted.split())
    info.query_parameters["%24search"] = (
        f'({named}) OR "userPrincipalName:{wanted}" OR "mail:{wanted}"'
    )
    info.query_parameters["%24select"] = USER_FIELDS.split(",")
    info.query_parameters["%24count"] = "true"
    info.query_parameters["%24top"] = FOUND_A_PAGE
    info.headers.try_add("ConsistencyLevel", "eventual")
    return info


def found_sites(client: GraphServiceClient, words: str) -> RequestInformation:
    info = client.sites.to_get_request_information()
    info.query_parameters["%24search"] = searchable(words)
    info.query_parameters["%24select"] = SITE_FIELDS.split(",")
    info.query_parameters["%24top"] = FOUND_A_PAGE
    return info


def members(client: GraphServiceClient, group_id: str) -> RequestInformation:
    """All kinds of members, groups in the group followed. Without a cast, so that nobody is left out unseen."""
    info = client.groups.by_group_id(group_id).transitive_members.to_get_request_information()
    info.query_parameters["%24select"] = USER_FIELDS.split(",")
    info.query_parameters["%24top"] = MEMBERS_A_PAGE
    return info


def member_count(client: GraphServiceClient, group_id: str, what: str) -> RequestInformation:
    """How many people (or groups) are in a group, directly or through groups; an advanced query."""
    found = client.groups.by_group_id(group_id).transitive_members
    if what == "people":
        info = found.graph_user.count.to_get_request_information()
    else:
        info = found.graph_group.count.to_get_request_information()
    info.headers.try_add("ConsistencyLevel", "eventual")
    return info


def sites(client: GraphServiceClient) -> RequestInformation:
    """Every site that a search turns up for this person; not all there are (graph.md §12)."""
    info = client.sites.to_get_request_information()
    info.query_parameters["%24search"] = "*"
    info.query_parameters["%24select"] = SITE_FIELDS.split(",")
    return info


def usage_report(client: GraphServiceClient, product: Product) -> RequestInformation:
    reports = client.reports
    match product:
        case Product.EXCHANGE:
            mail = reports.get_mailbox_usage_detail_with_period(REPORT_PERIOD)
            return mail.to_get_request_information()
        case Product.ONEDRIVE:
            drive = reports.get_one_drive_usage_account_detail_with_period(REPORT_PERIOD)
            return drive.to_get_request_information()
        case Product.SHAREPOINT:
            site = reports.get_share_point_site_usage_detail_with_period(REPORT_PERIOD)
            return site.to_get_request_information()
