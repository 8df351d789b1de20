"""Talking HTTP to Xen Orchestra: sign in, send, retry, and turn its refusals into words."""
