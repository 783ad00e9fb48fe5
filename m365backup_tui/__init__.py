"""m365backup-tui: set up and change Microsoft 365 Backup from a terminal."""

from pathlib import Path

__version__ = "0.1.0"

# `screens/` and `styles/` stand at the repository's top level and are linked in here. Where git made no
# symlinks (core.symlinks=false) the links are plain files; then look one folder up as well.
_here = Path(__file__).parent
if not (_here / "screens").is_dir() and (_here.parent / "screens").is_dir():
    __path__.append(str(_here.parent))
