"""The rules of a zone: what they are, and what others would have done."""
