"""What printed documents have in common: the font, texts in it, and pages that say which of how many they are."""
