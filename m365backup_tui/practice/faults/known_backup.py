"""B1 to B22: Microsoft 365 Backup itself says no, late, or something else."""

from m365backup_tui.practice.faults.known import Known, Option

_COUNT = Option("count", "how many", int, 1, 1, 1_000_000)
_READS = Option("reads", "how many tries fail", int, 2, 1, 1000)


def _backup(
    fault_id: str, title: str, says: str, *options: Option, times: int | None = None
) -> Known:
    return Known(fault_id, title, says, "graph", "graph", options, times=times)


def _situation(fault_id: str, title: str, says: str, *options: Option) -> Known:
    """A lasting state of the service itself, which practice/service/status.py and controller.py show."""
    return Known(fault_id, title, says, "graph", "graph", options, lasting=True)


BACKUP = (
    _situation("B1", "Backup is off", "Microsoft 365 Backup is not turned on."),
    _situation(
        "B2", "Backup is being prepared", "The data store of the organization is not ready yet."
    ),
    _situation(
        "B3", "Billing profile unreadable", "The service cannot read the billing profile just now."
    ),
    _situation("B4", "Billing profile not valid", "The pay-as-you-go billing is not valid."),
    _situation("B5", "Another controller", "Another application controls the backup."),
    _situation(
        "B6",
        "Controller is changing",
        "A change of the controlling application is on its way.",
    ),
    _situation(
        "B7",
        "Changes are locked",
        "The service takes no change for now.",
        Option("variant", "what is locked", str, "protection", words=("protection", "restore")),
    ),
    _situation(
        "B8",
        "Billing breaks in the middle",
        "The service is disabled because billing became invalid.",
    ),
    _backup(
        "B9",
        "Too many policies",
        "The organization has as many policies as are allowed.",
        Option("limit", "how many are allowed", int, 1, 1, 100),
    ),
    _backup("B10", "Protected elsewhere", "An item belongs to another policy already.", _COUNT),
    _backup("B11", "Too many items at once", "More than 50 items were sent in one request."),
    _backup(
        "B12",
        "Some items fail",
        "The request succeeds, but some of its items carry an error.",
        _COUNT,
        Option("code", "error code of the item", str),
    ),
    _backup("B13", "Policy cannot be saved", "Saving the policy fails (PolicySaveFailed)."),
    _backup(
        "B14", "Policy is being updated", "A policy cannot be activated while it is updated (403)."
    ),
    _backup("B15", "Updating never ends", "The policy stays in the status updating."),
    _backup(
        "B16", "Active with errors", "The policy is active, but some of its items failed.", _COUNT
    ),
    _backup(
        "B17",
        "Addresses not found",
        "A bulk job ends with a list of addresses it did not find.",
        _COUNT,
    ),
    _backup("B18", "Bulk job vanishes", "A bulk job is no longer there when it is looked for."),
    _backup(
        "B19",
        "Held by a rule",
        "An item cannot be removed because a dynamic rule holds it.",
        _COUNT,
    ),
    _backup("B20", "Mailbox not ready", "A new mailbox cannot be protected at once.", _READS),
    _backup(
        "B21",
        "Policy gone",
        "Another administrator deletes the policy in the meantime.",
        times=1,
    ),
    _backup("B22", "Quota reached", "The service's quota is exceeded."),
)
