"""A plan as pages, files and events tell it: names, totals, tables."""
