"""What may be known at an origin: the frames, and the calendar."""
