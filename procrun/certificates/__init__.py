"""A certificate authority of this user's own, for names of this machine alone.

Everything is in one folder of the user's data: the authority's certificate and its key, and for
each host name a file with certificate and key. Only `making` imports `cryptography`, and only when
something is to be made.
"""
