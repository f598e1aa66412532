"""HTTP as every service speaks it: authenticated and capped before a body is read, refused in problem+json."""
