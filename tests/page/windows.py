"""Sizes of windows, width and height in CSS pixels."""

PHONE = (390, 844)
SMALL_PHONE = (320, 568)
TABLET = (900, 1200)
DESKTOP = (1280, 900)
