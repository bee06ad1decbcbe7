"""The life of a transfer between warehouses: approved, sent, received, or ended before anything has left."""
