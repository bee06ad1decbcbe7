"""Rows of a file: read as text, turned into values, checked against what is known."""
