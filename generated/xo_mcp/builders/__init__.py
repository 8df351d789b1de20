"""Tools over JSON-RPC that build a request from arguments of our own: a module each, with an async function `run`.

`overrides/` names the module as `builder`; `run` takes the `Work` and returns the answer. For tools that save a file,
`prepare` takes the `Work` and returns the one whose call answers the file.
"""
