"""The words Microsoft 365 Backup uses, each explained in a sentence or two."""

from __future__ import annotations

TERMS: tuple[tuple[str, str], ...] = (
    (
        "Protection policy",
        "A named list for one service (OneDrive, SharePoint or Exchange) that says what is backed "
        "up. How often is set by Microsoft. How long is the policy's recovery window, which the "
        "admin center can change.",
    ),
    (
        "Protection unit",
        "One thing under protection: a OneDrive account, a SharePoint site or an Exchange mailbox. "
        "A unit belongs to at most one policy.",
    ),
    (
        "Inclusion rule",
        "A condition in a policy that adds what matches it, such as sites by a word in the address "
        "or members of a group, instead of naming each unit. A static rule is applied once; a "
        "dynamic one again every day.",
    ),
    (
        "Recovery window",
        "How long restore points are kept: 3 months, 6 months, 1 year or 2 years. One year unless "
        "it is changed in the admin center (Learn, 2026-08-21).",
    ),
    (
        "Restore point",
        "A moment from which a unit can be brought back. The first one appears some time after a "
        "unit was added; nothing before that moment can be restored.",
    ),
    ("RPO", "Recovery point objective: the most work, measured in time, that a restore may lose."),
    ("RTO", "Recovery time objective: how long it may take until restored data can be used."),
    (
        "Pay-as-you-go",
        "Backup is not in a license. Microsoft charges the protected gigabytes each month to an "
        "Azure subscription that you choose.",
    ),
    (
        "Subscription",
        "The place in Azure that pays. You need the Owner or Contributor role on it to link it.",
    ),
    (
        "Resource provider",
        "A service that a subscription must know before it can be charged for it. Here it is "
        "Microsoft.Syntex. Registering it turns nothing on.",
    ),
    (
        "Resource group",
        "A folder inside a subscription. The billing resource of the backup lives in one.",
    ),
    (
        "Billing policy",
        "What the newer Billing page of the admin center calls a subscription, a resource group and "
        "a region under one name. Backup is on once one is connected to it.",
    ),
    (
        "Region",
        "The Azure location in which billing keeps your tenant id and usage data. Backups do not "
        "live there: they follow your tenant's geography.",
    ),
    (
        "Service app",
        "An application that stands for the backup service in your tenant. Microsoft 365 Backup "
        "has one, and partner products may add their own.",
    ),
    (
        "Controller",
        "The application that is in charge of backup in a tenant. Only one can be; while a "
        "partner's application is in charge, policies are changed there.",
    ),
    (
        "Eligible role",
        "A role that you may switch on for some hours in Privileged Identity Management. Until "
        "then it grants nothing.",
    ),
    (
        "Consent",
        "The permission an administrator gives once so that an application may act in the tenant.",
    ),
)
"""(term, meaning) in reading order."""
