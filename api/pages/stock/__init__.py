"""The pages of stock: every warehouse, one warehouse, a lot and its way, a count."""
