"""Which objects a call is about: names for ids, and what becomes of others."""
