"""What a warehouse sells: whether a product is still sold there."""
