"""The page on which a supplier confirms a purchase order."""
