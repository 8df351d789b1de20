"""Finds tools by an administrator's words."""
