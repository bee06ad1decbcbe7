"""What a warehouse needs for a delivery: demand that older stock will not meet."""
