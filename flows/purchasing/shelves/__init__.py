"""What the stock of a warehouse will come to before deliveries arrive: what runs out, what expires, who lacks it."""
