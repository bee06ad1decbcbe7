"""The life of stock: received, counted, written off, returned, moved, blocked, traced."""
