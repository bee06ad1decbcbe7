"""What a page lets its reader choose by a link, as the period of a report: `links` of layout/_parts.html shows them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """Something to choose, and whether it is."""

    label: str
    href: str
    here: bool
