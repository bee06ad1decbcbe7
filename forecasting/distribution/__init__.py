"""A forecast day taken apart and put together: hours, purchase sizes, and how days go together."""
