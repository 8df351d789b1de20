"""What differs between two releases, for those who use the tools."""
