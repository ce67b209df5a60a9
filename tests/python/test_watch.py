"""The server of ``sorn watch``: who may see and steer a run, and how requests become acts."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import sorn_command

import sorn
from sorn import IoError, Network, ParameterError, Simulator
from sorn._watch.server import WatchServer, page
from sorn._watch.watcher import Watcher

FRAME = {"format": 1, "state": "running", "step": 7, "done": 7, "wanted": 9}


class Asked:
    """A server in a thread, and requests to it."""

    def __init__(self, server: WatchServer) -> None:
        self.server = server
        self.port = int(server.server_address[1])

    def request(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kind = {"Content-Type": "application/json"} if body is not None else {}
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request(method, path, content, {**kind, **headers})
        answer = connection.getresponse()
        result = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return result

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self.request("GET", f"/{self.server.token}/{path}", **headers)

    def act(self, body: Any, **headers: str) -> int:
        return self.request("POST", f"/{self.server.token}/acts", body, **headers)[0]


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    server = WatchServer([str(tmp_path / "one.h5"), str(tmp_path / "two.h5")])
    served = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    served.start()
    yield Asked(server)
    server.shutdown()
    served.join()
    server.server_close()


def acts(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "acts").read_text().splitlines()]


def test_only_the_address_with_its_secret_word_is_answered(asked) -> None:
    status, headers, content = asked.get("")
    assert status == 200
    assert b"two.h5" in content
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    token = asked.server.token
    assert len(token) >= 32
    wrong = ("/", "/frames", "//", f"/{token[:-1]}/", f"/{token}x/", f"/{token}", f"/{token}/other", f"/x/{token}/")
    for path in (*wrong, "/%00/"):
        status, headers, content = asked.request("GET", path)
        assert (status, content) == (404, b"404 Not Found\n"), path
        assert headers["Content-Security-Policy"] == "default-src 'none'"
    assert asked.request("POST", "/acts", {"run": 0, "act": "pause"})[0] == 404
    assert asked.request("POST", f"/{token}/", {"run": 0, "act": "pause"})[0] == 404
    assert asked.get("", Host="localhost:12345")[0] == 200, "as through a tunnel"


def test_only_this_machine_is_served(asked) -> None:
    assert asked.server.server_address[0] == "127.0.0.1"
    with socket.socket() as other:
        other.bind(("127.0.0.2", 0))  # another address of the loopback
        with socket.socket() as client, pytest.raises(OSError, match="refused"):
            client.connect(("127.0.0.2", asked.port))


def test_requests_become_acts(asked, tmp_path) -> None:
    assert asked.act({"run": 0, "act": "pause"}) == 200
    assert asked.act({"run": 1, "act": "freeze", "rule": "stdp"}) == 200
    assert asked.act({"run": 1, "act": "step", "steps": 3}) == 200
    assert asked.act({"run": 1, "act": "noise", "sigma": 0}) == 200
    assert acts(tmp_path / "one.h5.watch") == [{"n": 1, "act": "pause"}]
    assert acts(tmp_path / "two.h5.watch") == [
        {"n": 1, "act": "freeze", "rule": "stdp"},
        {"n": 2, "act": "step", "steps": 3},
        {"n": 3, "act": "noise", "sigma": 0},
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        [],
        {"act": "pause"},
        {"run": 2, "act": "pause"},
        {"run": True, "act": "pause"},
        {"run": 0, "act": "kill"},
        {"run": 0, "act": "pause", "rule": "ip"},
        {"run": 0, "act": "step"},
        {"run": 0, "act": "step", "steps": "3"},
        {"run": 0, "act": "noise", "sigma": [1]},
    ],
)
def test_what_is_no_act_is_refused(asked, tmp_path, body) -> None:
    assert asked.act(body) == 400
    assert acts(tmp_path / "one.h5.watch") == []


def test_other_bodies_are_refused(asked) -> None:
    assert asked.act(b"x" * 501) == 413
    assert asked.request("POST", f"/{asked.server.token}/acts", b"{}", **{"Content-Type": "text/plain"})[0] == 400


def test_frames_are_sent_once(asked, tmp_path) -> None:
    def frames(seen: str = "") -> list[dict[str, Any]]:
        return json.loads(asked.get(f"frames?seen={seen}")[2])["runs"]

    assert frames() == [{"version": 0, "silent": False, "frame": None}] * 2
    (tmp_path / "two.h5.watch" / "frame").write_text(json.dumps(FRAME))
    assert frames("0,0")[1] == {"version": 1, "silent": False, "frame": FRAME}
    assert frames("0,1")[1] == {"version": 1, "silent": False, "frame": None}
    assert frames("x,-1")[1]["frame"] == FRAME
    (tmp_path / "two.h5.watch" / "frame.next").write_text('{"form')
    (tmp_path / "two.h5.watch" / "frame.next").replace(tmp_path / "two.h5.watch" / "frame")
    assert frames()[1]["frame"] == FRAME, "what cannot be read changes nothing"
    os.utime(tmp_path / "two.h5.watch" / "frame", (1, 1))
    assert frames()[1]["silent"]


def test_signs_of_life(tmp_path) -> None:
    file = tmp_path / "run.h5"
    server = WatchServer([str(file)])
    heartbeat = tmp_path / "run.h5.watch" / "heartbeat"
    before = heartbeat.stat().st_mtime_ns
    deadline = time.monotonic() + 30
    while heartbeat.stat().st_mtime_ns == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert heartbeat.stat().st_mtime_ns > before
    assert (tmp_path / "run.h5.watch").stat().st_mode & 0o777 == 0o700
    with pytest.raises(sorn.IoError, match="being watched"):
        WatchServer([str(file)])
    server.server_close()
    assert list(tmp_path.iterdir()) == []


def test_mistakes(tmp_path) -> None:
    with pytest.raises(sorn.ParameterError, match="twice"):
        WatchServer([str(tmp_path / "a.h5"), str(tmp_path / "." / "a.h5")])
    (tmp_path / "a.h5.watch").write_text("a file")
    with pytest.raises(sorn.IoError, match=r"a\.h5"):
        Watcher(str(tmp_path / "a.h5"))
    assert (tmp_path / "a.h5.watch").read_text() == "a file"
    with pytest.raises(sorn.IoError, match="cannot watch"):
        Watcher(str(tmp_path / "none" / "a.h5"))
    with WatchServer([str(tmp_path / "b.h5")]) as server, pytest.raises(sorn.IoError, match="--port"):
        WatchServer([str(tmp_path / "c.h5")], int(server.server_address[1]))


def test_names_stay_text() -> None:
    hack = "</script><script>window.hacked = true</script>.h5"
    content = page([hack]).content.decode()
    assert content.count("<script") == 2
    names = re.search(r'id="names">(.*?)</script>', content)[1]
    assert json.loads(names) == [hack]
    assert "{{" not in content


def test_the_command_serves_until_it_is_told_to_end(tmp_path) -> None:
    command = [sorn_command(), "watch", "run.h5"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        address = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/[\w-]{32,}/)", process.stdout.readline().strip())
        connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=30)
        connection.request("GET", f"{address[2]}frames")
        assert connection.getresponse().status == 200
        connection.close()
        process.send_signal(signal.SIGINT)
        out, err = process.stdout.read(), process.stderr.read()
    assert process.returncode == 0
    assert "no such run yet" in out
    assert err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_steered_run_can_be_repeated_to_the_bit(tmp_path) -> None:
    watcher = Watcher(str(tmp_path / "run.h5"))
    common = ["--seed", "3", "--record", "E", "--set", "ne=60", "--quiet"]
    process = subprocess.Popen([sorn_command(), "simulate", "--steps", "1e9", "--out", "run.h5", *common], cwd=tmp_path)

    def wait(condition: Any) -> None:
        deadline = time.monotonic() + 60
        while not condition(watcher.frame() or {"state": "", "answers": [], "frozen": []}):
            assert time.monotonic() < deadline
            assert process.poll() is None
            watcher.beat()
            time.sleep(0.02)

    try:
        wait(lambda frame: frame["state"] == "running")
        for act in ({"act": "freeze", "rule": "stdp"}, {"act": "noise", "sigma": 0.01}, {"act": "pause"}):
            number = watcher.ask(act)
            wait(lambda frame, n=number: any(answer["n"] == n for answer in frame["answers"]))
        wait(lambda frame: frame["state"] == "paused")
        assert watcher.frame()["frozen"] == ["stdp"]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130, "also while the run is paused"
    finally:
        process.kill()
        process.wait()
    assert watcher.frame()["state"] == "stopped"
    watcher.end()
    found = json.loads(subprocess.check_output([sorn_command(), "info", "--json", "run.h5"], cwd=tmp_path))["run"]
    assert [act["act"] for act in found["log"]] == ["freeze", "noise", "pause"]
    shown = subprocess.check_output([sorn_command(), "info", "run.h5"], cwd=tmp_path, text=True)
    assert re.search(r"acts +freeze 'stdp' after step [\d,]+\n", shown)
    again = [sorn_command(), "simulate", "--steps", str(found["steps"]), "--replay-log", "run.h5", "--out", "again.h5"]
    subprocess.run([*again, *common], cwd=tmp_path, check=True)
    first, second = sorn.Network.load(tmp_path / "run.h5"), sorn.Network.load(tmp_path / "again.h5")
    assert first == second
    with sorn.open(tmp_path / "run.h5") as one, sorn.open(tmp_path / "again.h5") as other:
        assert (one["E"][-1000:] == other["E"][-1000:]).all()


def test_a_log_is_repeated_in_python_too(tmp_path: Path) -> None:
    size = {"ne": 40, "nu": 4, "lambda_ee": 8, "lambda_ei": 20, "mu_ip": 0.1, "seed": 3}
    acts = [{"step": 60, "act": "freeze", "rule": "stdp"}, {"step": 90, "act": "noise", "sigma": 0.3}]
    log = tmp_path / "log.json"
    log.write_text(json.dumps(acts))
    file = Network(**size).run(time_steps=150, record=["E", "WEE/10"], out=tmp_path / "run.h5", replay_log=log)
    by_hand = Network(**size)
    parts = [
        by_hand.run(time_steps=60, record=["E"]),
        by_hand.run(time_steps=30, record=["E"], freeze="stdp"),
        by_hand.run(time_steps=60, record=["E"], freeze="stdp", noise=0.3),
    ]
    assert np.array_equal(file["E"], np.concatenate([part["E"] for part in parts]))
    assert Network.load(file.path).state == by_hand.state
    _, again = Simulator.run(timesteps=150, out=tmp_path / "again.h5", replay_log=file.path, record=["E"], **size)
    assert np.array_equal(again["E"], file["E"])
    with pytest.raises(ParameterError, match=r"replay_log = .*: needs out"):
        Network(**size).run(time_steps=9, replay_log=log)  # type: ignore[call-overload]
    with pytest.raises(IoError, match=r"missing\.json"):
        Network(**size).run(time_steps=9, out=tmp_path / "none.h5", replay_log="missing.json")
    with pytest.raises(ParameterError, match="step"):
        Network(**size).run(time_steps=9, out=tmp_path / "none.h5", replay_log=log)
    assert not (tmp_path / "none.h5").exists()
