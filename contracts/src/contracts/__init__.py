"""What the services know about each other: events, topics and identifiers. No behaviour of any service."""
