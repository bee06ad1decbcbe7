"""How a day's couriers are planned, kept and told to a shift system."""
