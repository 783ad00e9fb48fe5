"""The restore side: restore points, restore sessions, browsing. Knows no HTTP."""
