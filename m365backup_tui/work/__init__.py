"""The use cases, one module each: what the wizard and the headless commands both do.

Loaded when first asked for (PEP 562): the first frame needs none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m365backup_tui.work import (
        accounts,
        again,
        applications,
        applying,
        browse,
        by_name,
        check_access,
        consent,
        coverage,
        coverage_file,
        exporting,
        failed_file,
        groups,
        lists,
        own_app,
        planning,
        policy_file,
        rehearsing,
        rules,
        saved_plan,
        set_up_billing,
        sign_in,
        turn_on,
    )

    __all__ = [
        "accounts",
        "again",
        "applications",
        "applying",
        "browse",
        "by_name",
        "check_access",
        "consent",
        "coverage",
        "coverage_file",
        "exporting",
        "failed_file",
        "groups",
        "lists",
        "own_app",
        "planning",
        "policy_file",
        "rehearsing",
        "rules",
        "saved_plan",
        "set_up_billing",
        "sign_in",
        "turn_on",
    ]
else:
    import importlib

    def __getattr__(name):  # noqa: ANN001, ANN202 - the checker sees the imports above
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return importlib.import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            raise AttributeError(name) from error
