"""Reports that a user keeps: figures as data, and a page that needs nothing but itself."""
