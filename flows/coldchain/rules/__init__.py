"""The limits and rules of zones as they are kept, and tried on the past."""
