"""What several workers of this server know together, on one machine or more."""
