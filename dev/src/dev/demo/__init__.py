"""The story of one answer, played on the real parts, with its troubles."""
