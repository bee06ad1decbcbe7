"""What the trees look at, and the training rows made of it."""
