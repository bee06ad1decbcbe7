"""Commands about buying: plans, purchase orders, what a way of buying is worth."""
