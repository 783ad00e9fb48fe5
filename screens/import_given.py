"""What was pasted or named on the import page: the picker keeps it, so that closing the page loses nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Given:
    """Follows the box and the file line with every change, whatever closes the page."""

    text: str = ""
    file: str = ""

    @property
    def there(self) -> bool:
        """Whether there is anything."""
        return bool(self.text.strip() or self.file.strip())

    def forget(self) -> None:
        """All of it was taken."""
        self.text = self.file = ""
