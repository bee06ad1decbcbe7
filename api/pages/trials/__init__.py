"""Trials as a page."""
