"""Public data sets, mapped to our kinds."""
