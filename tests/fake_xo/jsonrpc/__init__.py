"""XO's JSON-RPC API on `/api/`, as a real xo-server 5.207.2 answers, its traps included."""
