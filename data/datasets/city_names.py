"""What FreshRetailNet's numbered cities are called here, and back."""

PREFIX = "city "


def city_name(number: int) -> str:
    """The name under which the warehouses of a numbered city are kept."""
    return f"{PREFIX}{number}"


def city_number(name: str) -> int | None:
    """The number of a city that is kept under this name; None for any other city."""
    digits = name.removeprefix(PREFIX)
    return int(digits) if digits != name and digits.isascii() and digits.isdecimal() else None
