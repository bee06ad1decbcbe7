"""What promotions did, over HTTP: their reviews."""
