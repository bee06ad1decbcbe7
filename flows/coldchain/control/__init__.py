"""Fans and coolers: registered, told what to be, and heard about what they are."""
