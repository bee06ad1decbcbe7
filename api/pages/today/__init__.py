"""The page that one opens in the morning."""
