"""What needs doing today over HTTP."""
