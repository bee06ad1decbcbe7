"""When it is decided whether every zone is kept cold enough: as readings come, are imported, or are asked about."""
