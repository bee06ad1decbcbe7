"""Slots and moves over HTTP."""
