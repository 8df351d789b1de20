"""Facts and decisions become tools. All thinking happens here."""
