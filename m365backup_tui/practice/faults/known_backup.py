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
    _situation(
        "B1",
        "Backup is off",
        "Microsoft 365 Backup is not turned on: policies can be neither read nor changed (403).",
    ),
    _situation(
        "B2",
        "Backup is being prepared",
        "Microsoft 365 Backup still makes the organization's data store, which takes minutes: "
        "everything is refused until then (409).",
    ),
    _situation(
        "B3",
        "Billing profile unreadable",
        "The service cannot read the billing profile just now, so backup cannot be turned on "
        "(403).",
    ),
    _situation(
        "B4",
        "Billing profile not valid",
        "The pay-as-you-go billing is not valid: changes are locked (403), turning on is "
        "refused (402).",
    ),
    _situation(
        "B5",
        "Another controller",
        "Another application controls the backup: this one may neither read nor change "
        "policies (403).",
    ),
    _situation(
        "B6",
        "Controller is changing",
        "A change of the controlling application is on its way: policies can be read, not "
        "changed (403).",
    ),
    _situation(
        "B7",
        "Changes are locked",
        "The service takes no change of policies for now (403).",
        Option("variant", "what is locked", str, "protection", words=("protection", "restore")),
    ),
    _situation(
        "B8",
        "Billing breaks in the middle",
        "The service is disabled because billing became invalid: policies can be neither read "
        "nor changed (403).",
    ),
    _backup(
        "B9",
        "Too many policies",
        "The organization has as many policies as are allowed: a new one is refused (409).",
        Option("limit", "how many are allowed", int, 1, 1, 100),
    ),
    _backup(
        "B10",
        "Protected elsewhere",
        "An item that is added belongs to another policy already: a new policy with it is "
        "refused (409), in a change the item carries the error.",
        _COUNT,
    ),
    _backup(
        "B11",
        "Too many items at once",
        "A request that adds items is refused as if they were more than 50 (413).",
    ),
    _backup(
        "B12",
        "Some items fail",
        "The request succeeds (200), but some of its items carry an error and are not added.",
        _COUNT,
        Option("code", "error code of the item", str),
    ),
    _backup(
        "B13",
        "Policy cannot be saved",
        "Saving the policy fails (500 PolicySaveFailed): nothing is saved.",
    ),
    _backup(
        "B14", "Policy is being updated", "A policy cannot be activated while it is updated (403)."
    ),
    _backup(
        "B15", "Updating never ends", "A policy that is activated stays in the status updating."
    ),
    _backup(
        "B16",
        "Active with errors",
        "A policy that is activated becomes active, but some of its items fail.",
        _COUNT,
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
        "An item cannot be removed because a dynamic rule holds it (400).",
        _COUNT,
    ),
    _backup(
        "B20",
        "Mailbox not ready",
        "A new mailbox cannot be added at once; a later try works.",
        _READS,
    ),
    _backup(
        "B21",
        "Policy gone",
        "Another administrator deletes the policy just before it is changed (404).",
        times=1,
    ),
    _backup(
        "B22",
        "Quota reached",
        "The quota is exceeded: every mailbox that an activation would protect ends with an error.",
    ),
)
