"""The service's codes in our words: what each means and what to do.

Codes are Graph's (backup-storage-error-codes.md; graph.md sections 6, 8 and 9, reliability-and-peers.md section 3.1).
They are compared without case: two example pages print them in camelCase.
"""

from __future__ import annotations

# (what it means, what to do); each a sentence.
CODES: dict[str, tuple[str, str]] = {
    "protectionunitalreadyexists": (
        "Another policy, or this one, protects it already.",
        "Remove it there first, then add it here.",
    ),
    "protectionunitnotfound": (
        "The service does not know it.",
        "Check that it still exists and has a license, then try again later.",
    ),
    "invalidprotectionunitid": (
        "The service does not take its id.",
        "Check that it still exists, then choose it again.",
    ),
    "invalidartifactid": (
        "The service does not take its id.",
        "Check that it still exists, then choose it again.",
    ),
    "duplicateprotectionunitinlist": (
        "It was in the request twice.",
        "Make a new plan.",
    ),
    "protectionunitactionnotallowed": (
        "A rule that keeps in step holds it, so it cannot be removed by hand.",
        "End the rule in its policy, or change who the rule's group contains.",
    ),
    "quotaexceeded": (
        "Its mailbox has no room left for held versions.",
        "Raise its recoverable items quota in Exchange, then wait.",
    ),
    "unknownerror": ("The service could not protect it and does not say why.", "Try again later."),
    "mailboxnotready": (
        "The mailbox is not ready yet.",
        "New or newly licensed mailboxes take a while: try again later.",
    ),
    "emailnotfound": ("No mailbox or account has this address.", "Check how it is written."),
    "siteurlnotfound": ("No site has this address.", "Check how it is written."),
    "protectionresourcesnotfound": (
        "Some addresses were not found.",
        "Check how they are written.",
    ),
    "policycreationnotallowed": (
        "The tenant allows no further policy of this product.",
        "Add to the policy that exists instead.",
    ),
    "policyactionnotallowed": (
        "The policy's state does not allow this now.",
        "Wait until the policy is at rest, then resume.",
    ),
    "invalidstateforactivation": (
        "The policy's state does not allow activation now.",
        "Wait until the policy is at rest, then resume.",
    ),
    "policynotfound": (
        "The policy does not exist any more.",
        "Somebody deleted it: make a new plan.",
    ),
    "invalidpolicyid": ("The service does not know the policy.", "Make a new plan."),
    "policysavefailed": ("The service could not save the policy.", "Resume to try again."),
    "invaliddisplayname": ("The service does not take the name.", "Choose another name."),
    "invalidcreaterequest": ("The service does not take the request.", "Make a new plan."),
    "protectionunitslimitbreached": (
        "The request had more than 50 units.",
        "Make a new plan: it is cut into requests of 50.",
    ),
    "unabletoreadbillingprofile": (
        "The service cannot read the billing profile.",
        "Look at pay-as-you-go billing in the admin center.",
    ),
    "invalidbillingprofile": (
        "The billing profile is not valid.",
        "Look at pay-as-you-go billing and the subscription behind it.",
    ),
    "billingprofilenotavailable": (
        "There is no billing profile.",
        "Set up pay-as-you-go billing in the admin center.",
    ),
    # Inclusion rules
    "operationnotallowed": (
        "The service does not allow this to this application or in this state.",
        "Look in the Microsoft 365 admin center which application runs backup here.",
    ),
    "invalidinclusionrulecreaterequest": (
        "The service does not take the rule.",
        "Make the rule again.",
    ),
    "invalidruleexpression": (
        "The service does not take what the rule selects.",
        "Check that its groups or sites still exist, then make the rule again.",
    ),
    "invalidruleexpressiongrouplimitexceeded": (
        "The rule names more groups than are allowed, or groups that are too large.",
        "Take fewer or smaller groups.",
    ),
    "invalidprotectionrulepatchrequest": (
        "The service does not take the change of the rule.",
        "Make the rule again.",
    ),
    "invalidprotectionrulestatusforupdation": (
        "The service is still working on the rule.",
        "Wait until it is done, then resume.",
    ),
    "invalidprotectionrulestatusfordeletion": (
        "The service is still working on the rule.",
        "Wait until it is done, then resume.",
    ),
    "invalidprotectionrulestatusfordynamicruleedit": (
        "The service is still working on the rule.",
        "Wait until it is done, then resume.",
    ),
    "invalidprotectionrulestatusfordynamicruledeletion": (
        "The service is still working on the rule.",
        "Wait until it is done, then resume.",
    ),
    "invalidprotectionrulestatusfordynamicruledeleteandunprotectall": (
        "The service is still working on the rule.",
        "Wait until it is done, then resume.",
    ),
    "patchnotallowedforstaticrule": (
        "A rule that applies once cannot be changed.",
        "End it and make a new one.",
    ),
    "runnotallowedfordynamicrule": (
        "A rule that keeps in step runs by itself.",
        "Nothing has to be done.",
    ),
    "protectionruleactionnotallowed": (
        "The rule's state does not allow this now.",
        "Wait until it is done, then resume.",
    ),
    "protectionrulenotfound": (
        "The rule does not exist any more.",
        "Somebody ended it: make a new plan.",
    ),
    "invalidinclusionruleid": (
        "The service does not know the rule.",
        "Make a new plan.",
    ),
}
