"""The range of each warehouse: how its products are classed, what is proposed to change, and what is decided of it."""
