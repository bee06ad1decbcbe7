"""How suppliers kept to what was ordered, and what that cost: scorecards from the kept sums of their weeks."""
