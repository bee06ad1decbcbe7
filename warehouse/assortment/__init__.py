"""The range of each warehouse: what each product is worth, who takes what in its place, what to retire, try, move or
order on demand, and what a new product will sell."""
