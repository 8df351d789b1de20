"""The streamable HTTP transport and who may use it."""
