"""What promotions that are over did, beside what was planned, and whether they earned money."""
