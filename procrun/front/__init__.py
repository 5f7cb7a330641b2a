"""The router of an app as the app has it: a child that is started, heard, restarted and ended.

The router itself is `procrun.router`, a program of its own of which nothing is imported here.
"""

from procrun.front.front import Front
from procrun.front.orders import orders_of

__all__ = ["Front", "orders_of"]
