"""RadosGW, Ceph's S3: one monitor, one OSD that keeps everything in memory, one gateway.

An implementation of S3 that shares no code with the emulator, moto or botocore.
All of it listens on loopback, is started in a temporary folder and leaves nothing behind.
"""

import contextlib
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conformance import ceph_packages
from tests.conformance.loopback import DidNotStart, running, wait_until_it_answers
from tests.conformance.server import Difference, Server
from tests.ports import free_ports

DAY_S = 10
"""How long a day of a lifecycle rule lasts (`rgw lc debug interval`). One round through a bucket
takes 0.2 s for each rule and stops after a day, so 32 rules need more than 7 s."""

ACCESS_KEY = "AKIACONFORMANCETESTS"
SECRET_KEY = "a-secret-that-opens-nothing-but-this-run"
DIFFERENCES = frozenset(
    {
        Difference.PART_ORDER,
        Difference.REPEATED_PART_ONCE,
        Difference.UNLISTED_PART,
        Difference.ENDED_JOIN,
        Difference.ENDED_LIST,
        Difference.UNSIGNED_HEADERS,
    }
)
START_TIMEOUT_S = 60

WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""The kernel ends them with the tests, even when those are killed."""

KEYS = (
    ("mon.", "--cap", "mon", "allow *"),
    ("osd.0", "--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"),
    ("client.rgw", "--cap", "mon", "allow *", "--cap", "osd", "allow *"),
)

CONFIGURATION = """
[global]
fsid = {fsid}
mon host = {monitor}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
keyring = {folder}/keyring
run dir = {folder}
admin socket =
log file = {folder}/$name.log
plugin dir = {libraries}
erasure code dir = {erasure_code}
osd class dir = {classes}

mon data = {folder}/mon
mon data avail crit = 1
mon data avail warn = 1
mon cluster log to file = false
mon allow pool size one = true
mon max pg per osd = 1000
paxos propose interval = 0.02
paxos min wait = 0.01

osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd max object name len = 256
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4

[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {folder}
rgw lc debug interval = {day_s}
rgw lc max worker = 1
rgw lc max wp worker = 1
rgw enable usage log = false
rgw enable ops log = false
"""


@contextlib.contextmanager
def radosgw() -> Iterator[Server]:
    """A gateway with one user. Raises Absent where there are no packages, or DidNotStart."""
    ceph_packages.fetch()
    gateway_port, monitor_port = free_ports(2)
    server = Server("RadosGW", gateway_port, ACCESS_KEY, SECRET_KEY, DIFFERENCES)
    with (
        tempfile.TemporaryDirectory(prefix="linegate-radosgw-", ignore_cleanup_errors=True) as name,
        contextlib.ExitStack() as daemons,
    ):
        folder = Path(name)
        environment = ceph_packages.environment() | {"CEPH_CONF": f"{folder}/ceph.conf"}
        _make_cluster(folder, gateway_port, monitor_port, environment)
        for daemon in (("ceph-mon", "-i", "a"), ("ceph-osd", "-i", "0")):
            command = (*WITH_US, *daemon, "-f")
            daemons.enter_context(running(command, environment, folder / f"{daemon[0]}.out"))
        output = folder / "radosgw.out"
        command = (*WITH_US, "radosgw", "-n", "client.rgw", "-f")
        gateway = daemons.enter_context(running(command, environment, output))
        wait_until_it_answers(gateway_port, "/", gateway, output, START_TIMEOUT_S)
        _make_user(environment)
        yield server


def _make_cluster(folder: Path, port: int, monitor_port: int, environment: dict[str, str]) -> None:
    """Write the configuration and the empty stores, so that every daemon finds itself known."""
    fsid, monitor = str(uuid.uuid4()), f"[v2:127.0.0.1:{monitor_port}]"
    for store in ("mon", "osd"):
        (folder / store).mkdir()
    (folder / "ceph.conf").write_text(
        CONFIGURATION.format(
            fsid=fsid,
            monitor=monitor,
            folder=folder,
            libraries=ceph_packages.library_folder("ceph"),
            erasure_code=ceph_packages.library_folder("ceph/erasure-code"),
            classes=ceph_packages.library_folder("rados-classes"),
            port=port,
            day_s=DAY_S,
        )
    )
    keyring, monmap, osdmap = (str(folder / name) for name in ("keyring", "monmap", "osdmap"))
    _run(("ceph-authtool", "--create-keyring", keyring), environment)
    for key in KEYS:
        _run(("ceph-authtool", keyring, "--gen-key", "-n", *key), environment)
    _run(("monmaptool", "--create", "--fsid", fsid, "--addv", "a", monitor, monmap), environment)
    _run(("osdmaptool", "--createsimple", "1", osdmap), environment)
    maps = ("--monmap", monmap, "--osdmap", osdmap, "--keyring", keyring)
    _run(("ceph-mon", "--mkfs", "-i", "a", *maps), environment)
    _run(("ceph-osd", "--mkfs", "-i", "0", "--no-mon-config"), environment)


def _make_user(environment: Mapping[str, str]) -> None:
    keys = (f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
    user = ("--uid=conformance", "--display-name=conformance")
    _run(("radosgw-admin", "-n", "client.rgw", "user", "create", *user, *keys), environment)


def _run(command: tuple[str, ...], environment: Mapping[str, str]) -> None:
    """Raises DidNotStart with the end of what the program said."""
    try:
        subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=True,
            timeout=START_TIMEOUT_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or error
        raise DidNotStart(f"{' '.join(command)}: {str(said)[-1000:]}") from error
