"""Policy, validation, confirmation tokens, quotas and the audit log."""
