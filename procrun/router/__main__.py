"""The router's process: orders in, lines out, until the standard input ends."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys

from procrun.certificates.leaf import ensure
from procrun.core.host_name import host_name
from procrun.core.router_orders import Orders
from procrun.errors import FAILURE, ProcrunError
from procrun.router.listening import Door, open_port, tell_ports, tls_of
from procrun.router.router import Router
from procrun.router.subscription import subscribe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Coroutine

_STANDARD_INPUT = 0


def main() -> int:
    """Carry out the orders of standard input; the exit status."""
    logging.getLogger("asyncio").disabled = True  # it has words for connections that just ended
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started us decides
    with open(_STANDARD_INPUT, "rb", buffering=0, closefd=False) as commands:
        line = commands.readline()
    if not line:
        return FAILURE  # whoever was about to order has ended
    try:
        orders = Orders.decode(line)
    except (ValueError, TypeError, KeyError) as error:
        sys.stderr.write(f"procrun: these are no orders of a router: {error}\n")
        return FAILURE
    try:
        asyncio.run(_serve(_certified(orders)))
    except ProcrunError as error:
        sys.stderr.write(f"procrun: {error.message}\n")
        return error.exit_code
    return 0


def _certified(orders: Orders) -> Orders:
    """The orders with a certificate, where there is to be https; without https where that fails."""
    if orders.https is None or orders.certificate:
        return orders
    try:
        leaf = ensure(host_name(orders.app))
    except ProcrunError as error:
        hint = f" {error.hint}" if error.hint else ""
        sys.stderr.write(f"procrun: there is no https, only http: {error.message}.{hint}\n")
        return orders.replace(https=None)
    return orders.replace(certificate=leaf.certificate, key=leaf.key)


async def _serve(orders: Orders) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_complain)
    router = Router(orders, loop)
    context = tls_of(orders.certificate, orders.key)
    listeners = open_port(orders.bind, orders.http)
    ports = {"http": listeners[0].getsockname()[1]}
    if orders.https is not None:
        secure = open_port(orders.bind, orders.https)
        ports["https"] = secure[0].getsockname()[1]
        listeners += secure
    door = Door(router, listeners, context)
    if orders.ready is not None:
        tell_ports(orders.ready, ports)
    gc.collect()
    gc.freeze()  # what is there now stays
    alone = False
    try:
        alone = await _until_told(subscribe(orders.control, router.update))
    finally:
        door.close()
        await router.stop(alone=alone)
        router.close()


async def _until_told(subscription: Coroutine[None, None, None]) -> bool:
    """Serve until the standard input ends, somebody terminates us, or the app has ended.

    Gives whether the router ends alone: whoever terminated it did not mean the app.
    """
    loop = asyncio.get_running_loop()
    terminated: asyncio.Future[bool] = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, _end, terminated, True)
    loop.add_reader(_STANDARD_INPUT, _see_end, terminated)
    app = loop.create_task(subscription)
    try:
        await asyncio.wait((terminated, app), return_when=asyncio.FIRST_COMPLETED)
        if app.done():
            await app
        return terminated.done() and terminated.result()
    finally:
        loop.remove_reader(_STANDARD_INPUT)
        app.cancel()
        await asyncio.gather(app, return_exceptions=True)


def _see_end(terminated: asyncio.Future[bool]) -> None:
    if not os.read(_STANDARD_INPUT, 512):
        _end(terminated, False)


def _end(terminated: asyncio.Future[bool], alone: bool) -> None:  # noqa: FBT001 - a result
    if not terminated.done():
        terminated.set_result(alone)


def _complain(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """A mistake of ours in the code of one connection, which is told in one line."""
    error = context.get("exception")
    if isinstance(error, OSError):
        return  # a connection ended as connections do
    sys.stderr.write(f"procrun: internal error: {context.get('message')}: {error!r}\n")


if __name__ == "__main__":
    sys.exit(main())
