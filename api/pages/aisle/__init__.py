"""A warehouse in the hand: find a product or a slot, and carry out moves, on a phone and without a connection."""
