"""Z1 to Z10: Azure says no."""

from m365backup_tui.practice.faults.known import Known, Option

_REGION = Option("region", "the region, as in westeurope", str)

AZURE = (
    Known("Z1", "No subscription", "The person sees no Azure subscription.", "arm", "arm"),
    Known("Z2", "Reader only", "The person may look, but not change anything.", "arm", "arm"),
    Known(
        "Z3",
        "Blocked by Azure Policy",
        "A rule of the organization (Azure Policy) refuses what belongs to Microsoft 365 "
        "Backup's billing.",
        "arm",
        "arm",
        (Option("policy", "display name of the policy assignment", str),),
    ),
    Known(
        "Z4",
        "Registering never ends",
        "Registering the resource provider does not finish.",
        "arm",
        "arm",
    ),
    Known(
        "Z5",
        "Region not available",
        "The resource cannot be made in the region that was chosen.",
        "arm",
        "arm",
        (_REGION,),
    ),
    Known(
        "Z6",
        "Resource group in the way",
        "A resource group of that name exists in another region, or is being deleted, so it "
        "cannot be made.",
        "arm",
        "arm",
        (
            Option("variant", "which of both", str, "elsewhere", words=("elsewhere", "deleting")),
            _REGION,
        ),
    ),
    Known(
        "Z7",
        "Subscription disabled",
        "The subscription is disabled or has reached its spending limit.",
        "arm",
        "arm",
        (
            Option(
                "variant", "which of both", str, "disabled", words=("disabled", "spending-limit")
            ),
        ),
    ),
    Known(
        "Z8",
        "Billing account fails",
        "Making the pay-as-you-go account ends with an error.",
        "arm",
        "arm",
        (Option("status", "how it ends", str, "Failed", words=("Failed", "Canceled")),),
    ),
    Known(
        "Z9",
        "Exists in another region",
        "The pay-as-you-go account exists in another region already.",
        "arm",
        "arm",
        (_REGION,),
    ),
    Known(
        "Z10",
        "Azure's allowance runs out",
        "Only few calls are left before Azure refuses more (429) until some time has passed.",
        "arm",
        "arm",
        (Option("remaining", "how many calls are left", int, 5, 0, 250),),
    ),
)
