"""What outside systems bring: the documented tables over HTTP."""
