"""A file on its way to the service: in parts, straight to the storage, over any HTTP library.

`uploading` says what is to be sent, as a generator of `steps`; `running` sends it, with threads or
with tasks. So there is one upload, and it is tested without a socket.
"""
