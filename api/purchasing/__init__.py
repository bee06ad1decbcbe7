"""Purchase plans over HTTP."""
