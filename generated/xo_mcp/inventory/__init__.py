"""The whole fleet as tables: SQL over what XO's lists and objects answer."""
