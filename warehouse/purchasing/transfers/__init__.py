"""Which stock is worth carrying from one warehouse of a plan to another."""
