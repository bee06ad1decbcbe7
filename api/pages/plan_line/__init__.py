"""One line of a purchase plan."""
