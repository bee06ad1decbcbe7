"""Trials in worlds where it is known what the challenger does."""
