"""A and A1 to A7: signing in goes wrong."""

from m365backup_tui.practice.faults.known import Known, Option

SIGN_IN = (
    Known(
        "A",
        "Any sign-in error",
        "Signing in fails with the AADSTS number you name.",
        "entra",
        "entra",
        (Option("aadsts", "the number of the error", int, 50126, 10000, 9_999_999),),
    ),
    Known(
        "A1",
        "Device code troubles",
        "The code is still pending, asked for too often, over, or declined.",
        "entra",
        "entra",
        (
            Option(
                "variant",
                "what happens",
                str,
                "slow_down",
                words=("pending", "slow_down", "expired", "declined"),
            ),
        ),
    ),
    Known(
        "A2",
        "Azure wants a second factor",
        "Graph works, but Azure asks for another sign-in with a second factor (AADSTS50076).",
        "entra",
        "entra",
    ),
    Known(
        "A3",
        "Conditional Access blocks",
        "A rule of the organization forbids this sign-in (AADSTS53003).",
        "entra",
        "entra",
    ),
    Known(
        "A4",
        "Account of another organization",
        "The account that signs in belongs to another organization.",
        "entra",
        "entra",
    ),
    Known(
        "A5",
        "Sign-in withdrawn",
        "An administrator has ended the sessions: the kept sign-in no longer works.",
        "entra",
        "entra",
    ),
    Known(
        "A6",
        "Kept sign-in unreadable",
        "What this machine kept of the sign-in cannot be used by the service.",
        "entra",
        "entra",
        (Option("variant", "why", str, "absent", words=("absent", "locked", "corrupt")),),
    ),
    Known(
        "A7",
        "Two accounts",
        "A second account is signed in beside the first.",
        "entra",
        "entra",
    ),
)
