"""Observations as of a moment, as frames: what a decision taken then could have known, and nothing later."""
