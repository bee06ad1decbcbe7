"""Feeds of made and recorded shops, whole and broken in known ways."""
