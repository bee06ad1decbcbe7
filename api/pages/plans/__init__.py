"""The list of purchase plans, and one plan."""
