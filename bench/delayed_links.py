"""Runs each rank in its own network namespace on this machine, with delayed links between them.

    sudo python3 bench/delayed_links.py --ranks 2 --delays 0 0.1 1 10 -- build/mpi/bench/measure_ranks 10000 20 50 3 1 1

Runs the program after "--" under mpirun, once for each delay (milliseconds, one way). Each rank is in its own
namespace, and all messages between ranks use TCP. The kernels of small machines have no netem, so this process carries
the packets: each namespace has a TUN device, and a packet that leaves one enters another after the delay. A delay of 0
measures the cost of this method. Needs root; removes the namespaces at the end.
"""

import argparse
import collections
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
PR_SET_TIMERSLACK = 29
CLONE_NEWNET = 0x40000000
LARGEST_PACKET = 65000
SUBNET = "10.213.0"


def ip(*arguments):
    subprocess.run(["ip", *map(str, arguments)], check=True)


class Namespaces:
    """One namespace for each rank; the device of rank r has the address SUBNET.(r + 1)."""

    def __init__(self, count):
        self.prefix = f"sorn{os.getpid()}-"
        self.names = [f"{self.prefix}{r}" for r in range(count)]
        self.devices = []

    def __enter__(self):
        try:
            for r, name in enumerate(self.names):
                device = f"sorn{r}"
                ip("netns", "add", name)
                self.devices.append(os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK))
                fcntl.ioctl(self.devices[-1], TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
                ip("link", "set", device, "netns", name)
                ip("-n", name, "link", "set", "lo", "up")
                ip("-n", name, "address", "add", f"{SUBNET}.{r + 1}/24", "dev", device)
                ip("-n", name, "link", "set", device, "mtu", LARGEST_PACKET, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for device in self.devices:
            os.close(device)
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def carry(devices, delay):
    """Carries packets between the devices, each with a delay of `delay` seconds, until the process is ended."""
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1)
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # since waiting ranks keep the cores busy
    waiting = collections.deque()  # in the order of their times
    while True:
        patience = None if not waiting else max(0.0, waiting[0][0] - time.monotonic())
        for device in select.select(devices, [], [], patience)[0]:
            while True:
                try:
                    packet = os.read(device, LARGEST_PACKET + 1)
                except BlockingIOError:
                    break
                target = packet[19] - 1
                if packet[0] >> 4 == 4 and target < len(devices):
                    waiting.append((time.monotonic() + delay, devices[target], packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, device, packet = waiting.popleft()
            os.write(device, packet)


def run(namespaces, delay, program):
    link = os.fork()
    if link == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        carry(namespaces.devices, delay)
    try:
        environment = os.environ | {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        options = ["--oversubscribe", "-n", str(len(namespaces.names)), "--mca", "pml", "ob1"]
        options += ["--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", f"{SUBNET}.0/24"]
        options += ["--mca", "mpi_yield_when_idle", "1", "--timeout", "600"]
        wrapper = [sys.executable, __file__, "--enter", namespaces.prefix]
        return subprocess.run(["mpirun", *options, *wrapper, *program], check=False, env=environment).returncode
    finally:
        os.kill(link, signal.SIGKILL)
        os.waitpid(link, 0)


def enter(namespace):
    """Moves this thread into a namespace."""
    with open(f"/run/netns/{namespace}") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {namespace}")


def pump(source, target):
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one side has closed the connection


def run_inside(namespace, program):
    """Runs a rank in a namespace. The rank connects to mpirun at a port of the loopback device, which the namespace has
    for itself; this function forwards that port."""
    uri = next(value for key, value in sorted(os.environ.items()) if key.startswith("PMIX_SERVER_URI"))
    port = int(uri.rsplit(":", 1)[1])
    listener = []

    def listen():
        enter(namespace)
        listener.append(socket.create_server(("127.0.0.1", port)))

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()

    def pass_on():
        while True:
            inside = listener[0].accept()[0]
            outside = socket.create_connection(("127.0.0.1", port))
            for ends in ((inside, outside), (outside, inside)):
                threading.Thread(target=pump, args=ends, daemon=True).start()

    # Fork before there are threads: a fork does not copy them, and their locks would stay locked.
    rank = subprocess.Popen(program, preexec_fn=lambda: enter(namespace))
    signal.signal(signal.SIGTERM, lambda *_: rank.kill())
    threading.Thread(target=pass_on, daemon=True).start()
    return rank.wait()


def main():
    if sys.argv[1:2] == ["--enter"]:  # this script again, as a rank
        sys.exit(run_inside(sys.argv[2] + os.environ["OMPI_COMM_WORLD_RANK"], sys.argv[3:]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--delays", type=float, nargs="+", default=[0, 0.1, 1, 10], help="milliseconds, one way")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("delayed_links.py makes network namespaces, which needs root")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with Namespaces(options.ranks) as namespaces:
        for delay in options.delays:
            print(f"{options.ranks} ranks, {delay} ms one way", flush=True)
            code = run(namespaces, delay / 1000, options.program)
            if code != 0:
                sys.exit(code)


if __name__ == "__main__":
    main()
