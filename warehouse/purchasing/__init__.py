"""What to buy from whom for a delivery date, why, and how good such decisions turned out."""
