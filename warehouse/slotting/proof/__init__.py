"""What moves are worth in metres that pickers walk: expected before they are made, and walked afterwards."""
