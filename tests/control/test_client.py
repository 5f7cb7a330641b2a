"""The client's end of the socket, beside an app that behaves badly."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from procrun.control import client
from procrun.core.commands import PS, Request
from procrun.errors import ProcrunError

if TYPE_CHECKING:
    from pathlib import Path


def test_an_app_that_does_not_answer_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be suspended; nobody should wait for ever."""
    (tmp_path / ".procrun").mkdir()
    for patience in ("_FIRST_LOOK", "_PATIENCE"):
        monkeypatch.setattr(client, patience, 0.05)
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(".procrun/control.sock")
        server.listen()
        with pytest.raises(ProcrunError, match="the app does not answer") as caught:
            list(client.ask(str(tmp_path), Request(PS)))

    assert "kill -9" in caught.value.hint
