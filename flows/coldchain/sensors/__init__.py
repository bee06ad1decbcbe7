"""Where sensors hang, what is remembered of them, whose clock is wrong."""
