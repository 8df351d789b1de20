"""The protocol's own test tools, run against the real server in front of the fake XO."""
