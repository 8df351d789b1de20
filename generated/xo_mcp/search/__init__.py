"""CheckResult the tool for an administrator's words."""
