"""Textbook pieces without a word of demand."""
