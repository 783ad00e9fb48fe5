"""H1 to H15: the service answers, but not what was hoped for."""

from m365backup_tui.practice.faults.known import Known, Option

_RETRY = Option("retry_after", "seconds of Retry-After", int, 1, 0, 86400, ("absent",))
_FORM = Option(
    "retry_after_as", "how Retry-After is written", str, "seconds", words=("seconds", "date")
)
_CODE = Option("code", "error code in the answer instead of the usual one", str)
_READS = Option("reads", "how many reads do not see it", int, 2, 1, 1000)

HTTP = (
    Known(
        "H1",
        "Too many requests",
        "The service asks the caller to slow down and come back later (429).",
        "any",
        "service",
        (_RETRY, _FORM),
    ),
    Known(
        "H2",
        "Early callers are turned away",
        "A client that comes back sooner than it was asked to is told to wait again (429).",
        "any",
        "service",
        lasting=True,
    ),
    Known("H3", "Server error", "The service fails by itself (500).", "any", "service", (_CODE,)),
    Known(
        "H4", "Bad gateway", "Something before the service fails (502).", "any", "service", (_CODE,)
    ),
    Known(
        "H5",
        "Service unavailable",
        "The service is down for a moment and says when to come back (503).",
        "any",
        "service",
        (_RETRY, _FORM, _CODE),
    ),
    Known(
        "H6",
        "Gateway timeout after the work was done",
        "The service does the work, but the answer is a gateway timeout (504): asking again "
        "may do it twice.",
        "any",
        "service",
        changing=True,
    ),
    Known(
        "H7",
        "Conflict",
        "Somebody changed the same thing at the same time (409 or 412).",
        "any",
        "service",
        (Option("status", "HTTP status", int, 409, only=(409, 412)), _CODE),
        changing=True,
    ),
    Known(
        "H8",
        "Sign-in ended in the middle",
        "A sign-in that was good so far is refused (401) and says what to ask for instead: "
        "the client renews it, or the person signs in again.",
        "any",
        "service",
        (Option("padded", "whether the claims are padded base64", bool, True),),
        times=1,
    ),
    Known(
        "H9",
        "Consent missing",
        "The application lacks the consent for what it asks (403).",
        "any",
        "service",
    ),
    Known(
        "H10",
        "Role missing",
        "The person lacks the role for this service (403).",
        "any",
        "service",
    ),
    Known(
        "H11",
        "Unknown value",
        "An answer holds a status this client was not made for, and must not take for another.",
        "any",
        "service",
        (
            Option("property", "name of the property (usual: any status or state)", str),
            Option("value", "the value it gets", str, "practiceInvented"),
        ),
    ),
    Known(
        "H12",
        "Unknown property",
        "Answers hold properties this client was not made for, and has to leave alone.",
        "any",
        "service",
    ),
    Known(
        "H13",
        "Odd next page",
        "A list's link to the next page is relative, leads over an empty page, or repeats.",
        "any",
        "service",
        (
            Option(
                "variant", "what is odd", str, "relative", words=("relative", "empty", "repeating")
            ),
        ),
    ),
    Known(
        "H14",
        "Not there yet",
        "What was just created is not found for the first reads (404).",
        "any",
        "service",
        (_READS,),
    ),
    Known(
        "H15",
        "Not in the list yet",
        "What was just created is missing in the first lists.",
        "any",
        "service",
        (_READS,),
    ),
)
