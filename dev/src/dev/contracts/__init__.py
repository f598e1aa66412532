"""Generates what is published of the contracts, and checks that what is committed is what the code says."""
