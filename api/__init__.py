"""Who asks: the HTTP API, the pages, and who may use them."""
