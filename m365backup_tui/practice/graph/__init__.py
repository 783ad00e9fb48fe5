"""Graph: the part of Microsoft Graph that somebody who sets up Microsoft 365 Backup calls."""

from aiohttp import web

from m365backup_tui.practice.graph.backup_policy_routes import add_policy_routes
from m365backup_tui.practice.graph.backup_rule_routes import add_rule_routes
from m365backup_tui.practice.tenant import Tenant


def add_graph_routes(app: web.Application, tenant: Tenant) -> None:
    """Register everything under /v1.0; the handlers find the tenant through the request."""
    add_policy_routes(app)
    add_rule_routes(app)
