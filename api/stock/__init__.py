"""Stock: what is there and will become of it, receipts, counts, write-offs, returns, transfers, recalls."""
