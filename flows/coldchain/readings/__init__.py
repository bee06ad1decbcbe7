"""Readings and other measurements come in, by request and by file."""
