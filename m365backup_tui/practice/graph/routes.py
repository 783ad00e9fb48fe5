"""Everything under /v1.0."""

from aiohttp import web

from m365backup_tui.practice.graph.applications import add_application_routes
from m365backup_tui.practice.graph.backup_policy_routes import add_policy_routes
from m365backup_tui.practice.graph.backup_rule_routes import add_rule_routes
from m365backup_tui.practice.graph.backup_service_routes import add_service_routes
from m365backup_tui.practice.graph.backup_unit_routes import add_unit_routes
from m365backup_tui.practice.graph.batch import add_batch_route
from m365backup_tui.practice.graph.browse_routes import add_browse_routes
from m365backup_tui.practice.graph.directory import add_directory_routes
from m365backup_tui.practice.graph.grants import add_grant_routes
from m365backup_tui.practice.graph.organization import add_organization_routes
from m365backup_tui.practice.graph.paths import add_other_paths
from m365backup_tui.practice.graph.reports import add_report_routes
from m365backup_tui.practice.graph.restore_point_routes import add_restore_point_routes
from m365backup_tui.practice.graph.restore_session_routes import add_restore_session_routes
from m365backup_tui.practice.graph.roles import add_role_routes
from m365backup_tui.practice.graph.service_principals import add_service_principal_routes
from m365backup_tui.practice.graph.sign_in_policy import add_sign_in_policy_routes
from m365backup_tui.practice.graph.sites import add_site_routes


def add_graph_routes(app: web.Application) -> None:
    """Register everything under /v1.0; the handlers find the tenant through the request."""
    add_batch_route(app)
    add_application_routes(app)
    add_service_principal_routes(app)
    add_grant_routes(app)
    add_sign_in_policy_routes(app)
    add_directory_routes(app)
    add_role_routes(app)
    add_organization_routes(app)
    add_site_routes(app)
    add_report_routes(app)
    add_service_routes(app)
    add_policy_routes(app)
    add_unit_routes(app)
    add_rule_routes(app)
    add_restore_point_routes(app)
    add_restore_session_routes(app)
    add_browse_routes(app)
    add_other_paths(app)
