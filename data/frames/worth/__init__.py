"""What the days were worth: the raw rows that they are worked out from, and the sums that are kept of them."""
