"""What a session of pytest has of ours, from the first test on that wants an app."""

from __future__ import annotations

from functools import partial

import pytest

from procrun.pytest_plugin import closing, options
from procrun.pytest_plugin.marks import Asked
from procrun.pytest_plugin.pool import Pool
from procrun.pytest_plugin.watch import Watch
from procrun.pytest_plugin.workers import lent_to

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from procrun.testing import Log, RunningApp

_WATCH: pytest.StashKey[Watch] = pytest.StashKey()


def watch_of(config: pytest.Config) -> Watch:
    """The hooks and the pool of this session."""
    if _WATCH not in config.stash:
        said = options.of(config)
        pool = Pool(said, *lent_to(config))
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
    if asked.fresh:
        app = watch.pool.own(asked).app
        watch.begin(app)
        try:
            yield app
        finally:
            watch.pool.stop(app)
        return
    member, started = watch.pool.shared(asked)
    if started:
        watch.begin(member.app)
        if request.scope != "session":
            request.node.addfinalizer(partial(watch.pool.drop, started))
    yield member.app


def logs_of_test(config: pytest.Config, app: RunningApp) -> Callable[[str | None], Log]:
    """What the app has written since the test began, or since it got ready."""
    watch = watch_of(config)
    since = None if watch.is_distant else watch.span(app).ready

    def logs(process: str | None = None) -> Log:
        return app.logs(process, since=since)

    return logs
