"""Commands that report what decisions were worth, and trials of other ones."""
