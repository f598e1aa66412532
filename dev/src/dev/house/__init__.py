"""The whole hub on one machine: its services as real processes, between real servers and simulated surroundings."""
