"""What the router of an app is ordered to do."""

from __future__ import annotations

import os

from procrun.core.router_orders import Orders
from procrun.port_plan import router_ports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from procrun.launcher import Launcher
    from procrun.settings import Settings


def orders_of(settings: Settings, launcher: Launcher, control: str) -> Orders:
    """The orders; `control` is the folder with the app's socket, paths may still be relative."""
    http, https = router_ports(settings, launcher.base)
    return Orders(
        control=control,
        http=http,
        https=https,
        bind=settings.bind,
        app=os.path.basename(os.path.abspath(settings.root)),
        time_scale=settings.time_scale,
    )
