"""Demand behind sales: how a day falls on its hours, what was hidden, what would have sold."""
