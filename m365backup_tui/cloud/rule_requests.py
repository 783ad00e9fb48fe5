"""The requests of inclusion rules. msgraph-sdk 1.65 has only the reads: the writes reuse the address of the reads.

Recipe of graph.md §13 item 1: the GET builder's template and path parameters, another method, the SDK's own model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from m365backup_tui.domain.products import Product

if TYPE_CHECKING:
    from kiota_abstractions.request_information import RequestInformation
    from msgraph.generated.models.drive_protection_rule import DriveProtectionRule
    from msgraph.generated.models.mailbox_protection_rule import MailboxProtectionRule
    from msgraph.generated.models.site_protection_rule import SiteProtectionRule
    from msgraph.graph_service_client import GraphServiceClient

    RuleModel = DriveProtectionRule | MailboxProtectionRule | SiteProtectionRule


def rules_of(client: GraphServiceClient, product: Product, policy_id: str) -> RequestInformation:
    """GET of every rule of a policy."""
    info: RequestInformation = _rules(client, product, policy_id).to_get_request_information()
    return info


def add(
    client: GraphServiceClient, product: Product, policy_id: str, expression: str, *, dynamic: bool
) -> RequestInformation:
    """POST of a new rule. Whether it is dynamic is fixed now and for good (graph.md §7)."""
    model = _model(product, expression)
    model.is_auto_apply_enabled = dynamic
    return _request("POST", _rules(client, product, policy_id), model)


def run(
    client: GraphServiceClient, product: Product, policy_id: str, rule_id: str
) -> RequestInformation:
    return _request("POST", _rule(client, product, policy_id, rule_id), action="/run")


def delete(
    client: GraphServiceClient, product: Product, policy_id: str, rule_id: str
) -> RequestInformation:
    return _request("DELETE", _rule(client, product, policy_id, rule_id))


def delete_and_unprotect(
    client: GraphServiceClient, product: Product, policy_id: str, rule_id: str
) -> RequestInformation:
    builder = _rule(client, product, policy_id, rule_id)
    return _request("POST", builder, action="/deleteAndUnprotect")


def _request(
    method: str, builder: Any, model: RuleModel | None = None, action: str = ""
) -> RequestInformation:
    from kiota_abstractions.method import Method
    from kiota_abstractions.request_information import RequestInformation

    path = builder.url_template.partition("{?")[0]
    info = RequestInformation(Method[method], path + action, builder.path_parameters)
    info.headers.try_add("Accept", "application/json")
    if model is not None:
        info.set_content_from_parsable(builder.request_adapter, "application/json", model)
    return info


def _model(product: Product, expression: str) -> RuleModel:
    match product:
        case Product.EXCHANGE:
            from msgraph.generated.models.mailbox_protection_rule import MailboxProtectionRule

            return MailboxProtectionRule(mailbox_expression=expression)
        case Product.ONEDRIVE:
            from msgraph.generated.models.drive_protection_rule import DriveProtectionRule

            return DriveProtectionRule(drive_expression=expression)
        case Product.SHAREPOINT:
            from msgraph.generated.models.site_protection_rule import SiteProtectionRule

            return SiteProtectionRule(site_expression=expression)


def _rules(client: GraphServiceClient, product: Product, policy_id: str) -> Any:
    """The builder of a policy's rules; the three share no base class with the methods used here."""
    backup = client.solutions.backup_restore
    match product:
        case Product.EXCHANGE:
            mail = backup.exchange_protection_policies
            return mail.by_exchange_protection_policy_id(policy_id).mailbox_inclusion_rules
        case Product.ONEDRIVE:
            drive = backup.one_drive_for_business_protection_policies
            item = drive.by_one_drive_for_business_protection_policy_id(policy_id)
            return item.drive_inclusion_rules
        case Product.SHAREPOINT:
            site = backup.share_point_protection_policies
            return site.by_share_point_protection_policy_id(policy_id).site_inclusion_rules


def _rule(client: GraphServiceClient, product: Product, policy_id: str, rule_id: str) -> Any:
    rules = _rules(client, product, policy_id)
    match product:
        case Product.EXCHANGE:
            return rules.by_mailbox_protection_rule_id(rule_id)
        case Product.ONEDRIVE:
            return rules.by_drive_protection_rule_id(rule_id)
        case Product.SHAREPOINT:
            return rules.by_site_protection_rule_id(rule_id)
