"""Purchase orders over HTTP."""
