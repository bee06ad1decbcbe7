"""The documented kinds of files, an area a module."""
