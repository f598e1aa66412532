"""Repositories in MongoDB."""
