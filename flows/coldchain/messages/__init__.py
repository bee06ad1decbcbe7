"""What devices publish: understood, kept, or put into the quarantine."""
