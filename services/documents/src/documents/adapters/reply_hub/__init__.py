"""Documents that reply-hub owns, fetched over HTTP."""
