"""What buying is worth, played against a truth that no buyer sees: the world, the shelves, rules to compare, scores."""
