"""What it was worth, each morning: days worked out from raw rows and kept, targets, and the report of them."""
