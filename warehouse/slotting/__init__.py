"""Where each product should lie, and which moves are worth making to get there."""
