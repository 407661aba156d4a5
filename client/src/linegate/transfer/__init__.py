"""Files on their way to the service and back, over any HTTP library.

`upload` and `download` say what is to be asked, as generators of `flow`'s steps; `run_threads` and
`run_async` do it. So there is one upload, and it is tested without a socket.
"""
