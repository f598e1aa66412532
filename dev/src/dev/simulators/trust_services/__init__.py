"""Plays the trust services around the hub: authorities' OCSP and CRLs, timestamping, and people who sign."""
