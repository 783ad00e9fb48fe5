"""No picture of the memory on disk when the process dies: it would hold every token (auth.md §4.2)."""

from __future__ import annotations


def forbid_core_dumps() -> None:
    """For this process and those it starts from now on. Nothing where there are no core files (Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
