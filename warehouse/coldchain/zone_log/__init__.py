"""The log of a zone over a period, as an inspector reads it: what sensors said, when they said nothing, and what that
comes to by day and hour."""
