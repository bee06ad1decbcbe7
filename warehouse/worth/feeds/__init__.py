"""Whether the days that data bring are whole: what is missing of a feed, and what is unlike its own past."""
