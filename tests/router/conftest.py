"""Routers for tests: one for a module, with as many dynos as a test wants."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from tests.router.sockets import Dyno, House, route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[House]:
    """The router of a module; a module's SCALE is that of its time."""
    scale = getattr(request.module, "SCALE", 1.0)
    with House(tmp_path_factory.mktemp("router"), time_scale=scale, app="shop") as house:
        yield house


@pytest.fixture
def house(shared: House) -> Iterator[House]:
    """The module's router, which does not know any dyno yet."""
    shared.tell(route("web.1", 1, "starting"))
    yield shared
    shared.forget()


@pytest.fixture
def new_dyno(house: House) -> Iterator[Callable[[str], Dyno]]:
    """Make a dyno that the router does not know."""
    del house
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(closing(Dyno(name)))


@pytest.fixture
def dyno(house: House, new_dyno: Callable[[str], Dyno]) -> Dyno:
    """The only dyno of an app, web.1, which is up."""
    dyno = new_dyno("web.1")
    house.tell(dyno.as_route())
    return dyno
