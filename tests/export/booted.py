"""A systemd of one's own, as process 1 of a container: real units, started for real."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrun.export.file import File

SYSTEMD = "/lib/systemd/systemd"
ROOT = "/srv/shop"  # where the app's folder is inside
PATIENCE = 40.0
_UNSHARE = "unshare --pid --fork --mount --mount-proc --cgroup --kill-child"
_ENTER = f'echo $$ >"$1" && exec {_UNSHARE} /bin/bash -c "$2"'

# What units of the usual kind rest on, without the services of a whole machine.
_GROUND = "sysinit basic shutdown network-online multi-user default".split()
_REPORT = """[Service]
ExecStopPost=/bin/sh -c 'echo %n $$SERVICE_RESULT $$EXIT_STATUS >{root}/reports'
"""
_BOOT = """set -e
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /srv
mkdir /srv/shop
mount --bind {app} /srv/shop
umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
"""
# Killed as it is, systemd leaves behind the folders that it made for units in there.
_OWN_TMP = "mount -t tmpfs tmpfs /tmp && mount -t tmpfs tmpfs /var/tmp && touch /tmp/of-all"
# What _BOOT and a system's units need of the machine, tried in a container of its own.
_TRY = f"""set -e
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/systemd/system
umount -l /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir /sys/fs/cgroup/tried
rmdir /sys/fs/cgroup/tried
test -x {SYSTEMD}
"""
_OPTIONS = "--unit=boot.target --log-target=console --show-status=0"
_SYSTEM = f"""{_BOOT}
sudo() {{{{ "$@"; }}}}
mount -t tmpfs tmpfs /etc/systemd/system
{{install}}
cp -r {{ground}}/. /etc/systemd/system/
{_OWN_TMP}
exec env -i container=lxc SYSTEMD_UNIT_PATH=/etc/systemd/system {SYSTEMD} --system {_OPTIONS}
"""
# That of a user is not the first process, and has a control group of the user's.
_USER = f"""{_BOOT}
unset XDG_CONFIG_HOME
export HOME=/srv/home
mkdir -p $HOME /run/systemd/system /run/user /sys/fs/cgroup/user
{{install}}
units=$HOME/.config/systemd/user
cp -r {{ground}}/. $units/
{_OWN_TMP}
chown -R nobody $HOME /run/user /sys/fs/cgroup/user
echo $$ >/sys/fs/cgroup/user/cgroup.procs
setpriv --reuid=nobody --clear-groups env -i HOME=$HOME XDG_RUNTIME_DIR=/run/user \\
  SYSTEMD_UNIT_PATH=$units {SYSTEMD} --user {_OPTIONS} &
wait
"""


def installing(target: str) -> str:
    """The commands that the header of a target installs its files with."""
    lines = re.findall(r"^#   (.*)$", target, re.MULTILINE)
    return "\n".join(
        line
        for line in lines
        if line.startswith(("cd ", "mkdir ", "sudo mkdir ", "sudo install ", "install "))
    )


def boot(
    folder: Path, files: Iterable[File], starts: Iterable[str], ends: int, *, user: bool = False
) -> dict[str, str]:
    """Install files as their target says, start units, and return how those ended that ended.

    Waits for so many ends. The app's folder is `folder`/app, there it is ROOT. With `user` the
    systemd is that of the user nobody.
    """
    units = folder / "units"
    units.mkdir()
    for file in files:
        (units / file.name).write_text(file.content, encoding="utf-8")
        (units / file.name).chmod(file.mode)
    target = next(units.glob("*.target")).read_text(encoding="utf-8")
    app = folder / "app"
    os.mkfifo(app / "reports")
    (app / "reports").chmod(0o666)
    script = (_USER if user else _SYSTEM).format(
        app=shlex.quote(str(app)),
        install=installing(target),
        ground=shlex.quote(str(_ground(folder, starts))),
    )
    reports = os.open(app / "reports", os.O_RDWR | os.O_NONBLOCK)
    try:
        return _reports(reports, ends, script, folder / "boot.log")
    finally:
        os.close(reports)


def _ground(folder: Path, starts: Iterable[str]) -> Path:
    ground = folder / "ground"
    (ground / "shop-.service.d").mkdir(parents=True)
    (ground / "shop-.service.d" / "report.conf").write_text(_REPORT.format(root=ROOT))
    for name in _GROUND:
        (ground / f"{name}.target").write_text("[Unit]\nDefaultDependencies=no\n")
    wants = "".join(f"Wants={name}\n" for name in starts)
    (ground / "boot.target").write_text(f"[Unit]\nDefaultDependencies=no\n{wants}")
    return ground


def _reports(reports: int, ends: int, script: str, log: Path) -> dict[str, str]:
    group = _control_group()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["/bin/bash", "-c", _ENTER, "boot", f"{group}/cgroup.procs", script],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        return _read(reports, ends, process, log)
    finally:
        _end(process)
        for place in sorted(group.rglob("*/"), reverse=True):
            place.rmdir()
        group.rmdir()


def _control_group() -> Path:
    """A control group for the container."""
    top = Path("/sys/fs/cgroup/unified")
    top = top if top.is_dir() else top.parent
    group = top / f"booted-{os.getpid()}-{time.monotonic_ns()}"
    try:
        group.mkdir()
        if not (group / "cgroup.procs").exists():
            group.rmdir()
            pytest.skip("there are no control groups of version 2")
        words = ["/bin/bash", "-c", _ENTER, "boot", f"{group}/cgroup.procs", _TRY]
        subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)
    except (OSError, subprocess.SubprocessError) as error:
        if group.exists():
            group.rmdir()
        pytest.skip(f"no container can be made here: {error}")
    return group


def _read(reports: int, ends: int, process: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    deadline = time.monotonic() + PATIENCE
    text = ""
    while text.count("\n") < ends:
        left = deadline - time.monotonic()
        if left < 0 or process.poll() is not None:
            pytest.fail(f"{text}\n{log.read_text(errors='replace')}")
        if select.select([reports], [], [], min(left, 1))[0]:
            text += os.read(reports, 1 << 16).decode()
    pairs = (line.partition(" ") for line in text.splitlines())
    return {name: result for name, _blank, result in pairs}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the first process inside, and with it all others; the last to end is ours."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    for pid in children.read_text().split():
        os.kill(int(pid), signal.SIGKILL)
    process.wait(10)
