"""What promotions did: reviews worked out and kept, and told as a report."""
