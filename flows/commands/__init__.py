"""The commands of `freshfront`: a room an area, and the table of them all (`application`)."""
