"""A case system: called by webhook, fetches what it was told of, and acknowledges with a number of its own."""
