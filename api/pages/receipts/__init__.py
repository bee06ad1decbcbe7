"""The page on which a delivery is taken in at the door."""
