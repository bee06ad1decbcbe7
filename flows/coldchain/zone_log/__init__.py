"""The log of a zone that an inspector asks for: asked for, composed from what is kept, written as PDF and CSV."""
