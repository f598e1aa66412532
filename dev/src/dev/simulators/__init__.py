"""Neighbours of the hub, played over the wire."""
