"""What the days were worth: what is added up of each product's day, and the figures that the sums give."""
