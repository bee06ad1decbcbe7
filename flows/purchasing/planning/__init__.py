"""What must be ordered now, and the plan that is kept of it."""
