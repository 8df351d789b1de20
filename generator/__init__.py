"""Builds the Xen Orchestra MCP server from XO's OpenAPI document and our overrides."""

__version__ = "0.2.0"
