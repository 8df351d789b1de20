"""What a maintainer asks: is everything in order, where does a tool come from, what is left to do?"""
