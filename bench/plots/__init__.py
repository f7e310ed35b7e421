"""Results as figures, over those of the paper."""
