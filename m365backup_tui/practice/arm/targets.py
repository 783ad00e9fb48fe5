"""What a path of an extension (permissions, locks, tags, ...) is about must exist."""

from m365backup_tui.practice.arm.call import Call
from m365backup_tui.practice.arm.groups import find_group
from m365backup_tui.practice.arm.kinds import kind_named
from m365backup_tui.practice.arm.resources import find_resource


def require_target(call: Call) -> None:
    """Raises 404 ResourceGroupNotFound or ResourceNotFound when the path's scope does not exist."""
    args = call.args
    if "resource" in args:
        kind = kind_named(args["namespace"], args["kind"])
        find_resource(call.tenant, args["sub"].lower(), args["group"], kind, args["resource"])
    elif "group" in args:
        find_group(call.tenant, args["sub"].lower(), args["group"])
