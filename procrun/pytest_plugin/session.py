"""What a session of pytest has of ours, from the first test on that wants an app."""

from __future__ import annotations

from functools import partial

import pytest

from procrun.pytest_plugin import closing, options
from procrun.pytest_plugin.lent import lent_to
from procrun.pytest_plugin.marks import Asked
from procrun.pytest_plugin.pool import Pool
from procrun.pytest_plugin.watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from procrun.pytest_plugin.member import Member
    from procrun.testing import Log, RunningApp

_WATCH: pytest.StashKey[Watch] = pytest.StashKey()


def watch_of(config: pytest.Config) -> Watch:
    """The hooks and the pool of this session."""
    if _WATCH not in config.stash:
        said = options.of(config)
        pool = Pool(said, lent_to(config))
        config.stash[_WATCH] = Watch(pool, said)
        config.pluginmanager.register(config.stash[_WATCH], "procrun-watch")
        closing.at_end(config, pool.close)
    return config.stash[_WATCH]


def provide(request: pytest.FixtureRequest) -> Iterator[RunningApp]:
    """The app that the fixture gives; a fresh one is stopped when the fixture ends."""
    asked = getattr(request, "param", None) or Asked()
    if not isinstance(asked, Asked):
        raise pytest.UsageError("procrun_app takes no parameters: use @pytest.mark.procrun(…)")
    watch = watch_of(request.config)
    if not asked.fresh:
        yield _shared(request, watch, asked).app
        return
    member = watch.pool.fresh(asked)
    watch.begin(member.app)
    try:
        yield member.app
    finally:
        watch.pool.stop([member])


def logs_of_test(config: pytest.Config, app: RunningApp) -> Callable[[str | None], Log]:
    """What the app has written since the test began, or since it got ready."""
    watch = watch_of(config)
    since = None if watch.is_distant else watch.span(app).ready

    def logs(process: str | None = None) -> Log:
        return app.logs(process, since=since)

    return logs


def _shared(request: pytest.FixtureRequest, watch: Watch, asked: Asked) -> Member:
    """The app for that, started if there is none. Fails the test if something is wrong with it."""
    if trouble := watch.pool.trouble(asked):
        trouble.fail()
    if found := watch.pool.find(asked):
        return found
    member = watch.pool.share(asked)
    watch.begin(member.app)
    if request.scope != "session":
        request.node.addfinalizer(partial(watch.pool.drop, member))
    return member
