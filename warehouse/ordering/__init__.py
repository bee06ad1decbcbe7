"""What became of a purchase order: under way, received, declined, cancelled, lapsed."""
