"""What happens to stock: receipts, counts, write-offs, and what is expected to be left."""
