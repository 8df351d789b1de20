"""What tools do over XO's JSON-RPC API: one call, a long one that is followed, a file, a screen."""
