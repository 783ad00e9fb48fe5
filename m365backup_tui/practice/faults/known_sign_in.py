"""A and A1 to A7: signing in goes wrong."""

from m365backup_tui.practice.faults.known import Known, Option
from m365backup_tui.practice.personas import PERSONA_KEYS

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
        "While a code is waited for, the service says pending, too often, expired or "
        "declined, whatever the person did.",
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
        "The account that signs in belongs to another organization, and the services here "
        "refuse it.",
        "entra",
        "entra",
    ),
    Known(
        "A5",
        "Sign-in withdrawn",
        "An administrator has ended the sessions: the kept sign-in no longer works, the "
        "person has to sign in again.",
        "entra",
        "entra",
    ),
    Known(
        "A6",
        "Kept sign-in unreadable",
        "What this machine kept of the sign-in is lost or spoiled: the service does not know it "
        "(AADSTS70000).",
        "entra",
        "entra",
    ),
    Known(
        "A7",
        "Two accounts",
        "A sign-in comes back with another person of the organization than the one who was chosen, "
        "as when a browser is signed in as somebody else; what was kept of the first stays.",
        "entra",
        "entra",
        (
            Option(
                "persona",
                "who comes back",
                str,
                "exchange-admin",
                words=PERSONA_KEYS,
            ),
        ),
        times=1,
    ),
)
