"""An MCP server for Xen Orchestra: one typed tool per operation of its REST API."""
