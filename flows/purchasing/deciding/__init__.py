"""What a buyer decides of a draft: lines edited and added, parts approved, and what that would order."""
