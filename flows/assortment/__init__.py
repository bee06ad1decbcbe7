"""The range of each warehouse: what is proposed to change, what is decided of it, and what came of it."""
