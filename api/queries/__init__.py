"""The SQL behind what is read: small functions, shared by the API and whoever shows the same thing."""
