"""What suppliers offer, when they deliver, and how much of what they bring can be sold."""
