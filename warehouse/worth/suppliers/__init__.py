"""What a supplier's deliveries were worth: sums by supplier and day, the figures of a scorecard, what changed."""
