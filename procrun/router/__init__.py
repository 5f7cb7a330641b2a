"""The router: a process of its own in front of the app's web dynos, as Heroku's is.

`python -m procrun.router` is started by the supervisor, gets its orders as one line on standard
input (core/router_orders.py), and serves until that input ends. It learns from the app's socket
which web dynos are up, and writes one line for each request. A request lives in an `Exchange`
between a `Client` and a `Link` to a dyno; the `Fleet` finds the dyno; what is decided is decided
in core/. httptools parses both ways, and what is passed on is written anew from what it understood.
"""
