"""A product in a warehouse."""
