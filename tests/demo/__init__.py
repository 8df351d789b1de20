"""`make demo`: a short session of the real server with a fake XO, made to be read."""
