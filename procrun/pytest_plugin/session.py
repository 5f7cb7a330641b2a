"""What a session of pytest has of ours, from the first test on that wants an app."""

from __future__ import annotations

from functools import partial

import pytest

from procrun.pytest_plugin import closing, options
from procrun.pytest_plugin.hooks import Hooks
from procrun.pytest_plugin.lent import lent_to
from procrun.pytest_plugin.marks import Choices
from procrun.pytest_plugin.own_lines import OwnLines
from procrun.pytest_plugin.pool import Pool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrun.pytest_plugin.member import Member
    from procrun.testing import RunningApp

_HOOKS: pytest.StashKey[Hooks] = pytest.StashKey()


def hooks_of(config: pytest.Config) -> Hooks:
    """The hooks and the pool of this session."""
    if _HOOKS not in config.stash:
        said = options.of(config)
        pool = Pool(said, lent_to(config))
        config.stash[_HOOKS] = Hooks(pool, said, config.stash)
        config.pluginmanager.register(config.stash[_HOOKS], "procrun-hooks")
        closing.at_end(config, pool.close)
    return config.stash[_HOOKS]


def provide(request: pytest.FixtureRequest) -> Iterator[RunningApp]:
    """The app that the fixture gives; a fresh one is stopped when the fixture ends."""
    choices = getattr(request, "param", None) or Choices()
    if not isinstance(choices, Choices):
        raise pytest.UsageError("procrun_app takes no parameters: use @pytest.mark.procrun(…)")
    hooks = hooks_of(request.config)
    if hooks.standing:
        hooks.standing.require(choices)
    if not choices.fresh:
        yield _shared(request, hooks, choices).app
        return
    member = hooks.pool.fresh(choices)
    hooks.begin(member)
    try:
        yield member.app
    finally:
        hooks.pool.stop([member])


def logs_of_test(config: pytest.Config, app: RunningApp) -> OwnLines:
    """What the app has written since the test began, or since it got ready."""
    hooks = hooks_of(config)
    return OwnLines(app, hooks.span(app).ready)


def _shared(request: pytest.FixtureRequest, hooks: Hooks, choices: Choices) -> Member:
    """The app for that, started if there is none. Fails the test if something is wrong with it."""
    if trouble := hooks.pool.trouble(choices):
        trouble.fail()
    if found := hooks.pool.find(choices):
        return found
    member = hooks.pool.share(choices)
    hooks.begin(member)
    if request.scope != "session":
        request.node.addfinalizer(partial(hooks.pool.drop, member))
    return member
