"""The assortment as pages: proposals with their evidence, and each warehouse's range as a table."""
