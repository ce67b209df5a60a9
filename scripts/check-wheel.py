#!/usr/bin/env python3
"""Checks an installed package with nothing but NumPy.

check-wheel.py golden FOLDER    replays the reference trajectories of FOLDER, tests/golden of the source: each bit
check-wheel.py digests          a line for each variant, with a digest of what a short run of it leaves
check-wheel.py readme README    the first example of the README
check-wheel.py h5py ORDER       writes and reads files with h5py in one process; ORDER: sorn or h5py first
check-wheel.py same FILE FILE   whether two result files hold the same spikes and the same network
check-wheel.py picture FILE     a network, and a picture of its run; needs the extra [plot]
"""

import hashlib
import importlib
import json
import re
import sys
from pathlib import Path

import numpy as np


def golden(folder: str) -> None:
    from sorn import Simulator, Trainer

    files = sorted(Path(folder).glob("*.npz"))
    assert len(files) >= 5, f"{len(files)} reference trajectories in {folder}"
    for path in files:
        with np.load(path) as file:
            arrays = dict(file)
        meta = json.loads(str(arrays["meta"]))
        steps = meta.pop("timesteps")
        meta.pop("api")
        start = {key: arrays[f"init_{key}"] for key in ("Wee", "Wei", "Wie", "Te", "Ti", "X", "Y")}
        for call in (Simulator.simulate_sorn, Trainer.train_sorn):
            end, *activities = call(inputs=arrays["inputs"], matrices=start, time_steps=steps, **meta)
            for name, activity in zip("EIRC", activities, strict=True):
                assert np.array_equal(activity, arrays[name]), f"{path.stem}: {name} differs"
            for key in start:
                assert end[key].tobytes() == arrays[f"final_{key}"].tobytes(), f"{path.stem}: {key} differs"
        print(f"{path.stem}: {steps} steps, equal in all bits")


def digests() -> None:
    import sorn

    for variant in sorn.Variant.names():
        network = sorn.Network(variant=variant, ne=100, seed=7)
        recordings = network.run(time_steps=300, record=["E", "C"])
        state = network.state
        digest = hashlib.sha256()
        for array in (*recordings.values(), *(state[key] for key in ("Wee", "Wei", "Wie", "Te", "Ti"))):
            digest.update(np.ascontiguousarray(array).tobytes())
        print(variant, digest.hexdigest())


def readme(path: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", Path(path).read_text("utf-8"), flags=re.DOTALL)
    exec(compile(blocks[0], "README.md", "exec"), {})


def beside_h5py(order: str) -> None:
    for name in ["h5py", "sorn"] if order == "h5py" else ["sorn", "h5py"]:
        importlib.import_module(name)
    import h5py

    import sorn

    network = sorn.Network(ne=100, nu=5, seed=3)
    recordings = network.run(time_steps=2000, record=["E", "C", "TE/100"], inputs=np.ones((5, 2000)))
    network.save("with-sorn.h5", recordings, overwrite=True)
    with h5py.File("other.h5", "w") as file:
        file.create_dataset("x", data=recordings["E"], compression="gzip", shuffle=True, fletcher32=True)
    with h5py.File("with-sorn.h5") as file:
        names: list[str] = []
        file.visit(names.append)
        found = next(name for name in names if name.endswith("/E"))
        assert np.array_equal(file[found][:], recordings["E"]), "h5py reads other spikes"
        with sorn.open("with-sorn.h5") as again:  # while h5py has it open
            assert np.array_equal(again["E"][:], recordings["E"])
    with h5py.File("other.h5") as file:
        assert np.array_equal(file["x"][:], recordings["E"])
    assert sorn.Network.load("with-sorn.h5").state == network.state
    try:
        sorn.open("missing.h5")
    except sorn.IoError:
        pass
    else:
        raise AssertionError("a missing file was opened")
    print(f"{order} first: h5py {h5py.__version__} with HDF5 {h5py.version.hdf5_version} reads what sorn wrote")


def same(one: str, other: str) -> None:
    import sorn

    with sorn.open(one) as first, sorn.open(other) as second:
        assert np.array_equal(first["E"][:], second["E"][:]), f"the spikes of {one} and {other} differ"
    assert sorn.Network.load(one).state == sorn.Network.load(other).state, f"the networks of {one} and {other} differ"


def picture(path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import sorn

    network = sorn.Network(ne=200, nu=10, seed=42)
    recordings = network.run(time_steps=2000, record=["E", "C"])
    sorn.Plotter.raster_plot(recordings["E"][-500:], savefig=path)
    assert Path(path).stat().st_size > 1000


if __name__ == "__main__":
    what = {
        "golden": golden,
        "digests": digests,
        "readme": readme,
        "h5py": beside_h5py,
        "same": same,
        "picture": picture,
    }
    what[sys.argv[1]](*sys.argv[2:])
