"""A program of the authors of a variant as a side of compare_authors.py:

    python side_authors.py VARIANT CHECKOUT AGE STEPS

CHECKOUT is a checkout of the authors' repository; bench/README.md names the repositories. AGE is the number of steps
before the measurement. A new network, of age 0, is built for each measurement; an older one continues from one
measurement to the next. Only the steps are timed, with the authors' own checks of each step but without their
recordings and files.

The programs of zheng2013 and delpapa2017 are written in Python 2. lib2to3 translates a copy of them. Their modules for
files and recordings are replaced by empty ones.
"""

import random
import shutil
import sys
import tempfile
import types
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
from side import seconds, serve, versions

ACTIVITY_STEPS = 200


class Bunch(dict):
    """A dictionary whose keys are attributes, too."""

    def __init__(self, **values: object) -> None:
        super().__init__(values)
        self.__dict__ = self


class NoStatistics:
    def add(self) -> None:
        pass


class Program:
    """A network of the authors' program and its source of inputs."""

    def __init__(self, sorn: object, source: object) -> None:
        self.sorn = sorn
        self.source = source

    def run(self, steps: int) -> None:
        for _ in range(steps):
            self.sorn.step(self.source.next())

    def activity(self, steps: int) -> float:
        """Fraction of the excitatory units that fire, in further steps."""
        spikes = 0
        for _ in range(steps):
            self.run(1)
            spikes += int(self.sorn.x.sum())
        return spikes / (steps * len(self.sorn.x))


def translated(checkout: Path) -> Path:
    """A copy of the Python files of a checkout in Python 3."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from lib2to3.refactor import RefactoringTool, get_fixers_from_package

    fixers = set(get_fixers_from_package("lib2to3.fixes")) - {"lib2to3.fixes.fix_next"}  # next() is called by its name
    tool = RefactoringTool(sorted(fixers))
    folder = Path(tempfile.mkdtemp())
    for file in checkout.rglob("*.py"):
        if file.parts[len(checkout.parts)] != "utils":
            copy = folder / file.relative_to(checkout)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
    for package in {file.parent for file in folder.rglob("*.py")} - {folder}:
        (package / "__init__.py").write_text("")
    for file in folder.rglob("*.py"):
        if file.name in ("sorn.py", "synapses.py", "sources.py", "defaults.py") or file.name.startswith("param_"):
            text = file.read_text().expandtabs(8)  # Python 2 reads a tab like this
            file.write_text(str(tool.refactor_string(text.rstrip() + "\n", str(file))))
    return folder


def python2(parameters: str) -> Callable[[Path], Callable[[], Program]]:
    """The loader of a program in Python 2, with the module of its parameters."""

    def load(checkout: Path) -> Callable[[], Program]:
        folder = translated(checkout)
        vars(np)["float"] = float  # the programs are older than the removal of this name
        utils = types.ModuleType("utils")
        utils.Bunch, utils.backup = Bunch, lambda _: None
        stats = types.ModuleType("stats")
        stats.StatsCollection = NoStatistics
        sys.modules.update({"utils": utils, "stats": stats, "common.stats": stats})
        sys.path.insert(0, str(folder))
        c = import_module(parameters).c
        c.N_i, c.display = int(c.N_i), False
        sorn, sources = import_module("common.sorn"), import_module("common.sources")
        shutil.rmtree(folder)

        def build() -> Program:
            source = sources.NoSource()
            network = sorn.Sorn(c, source)
            network.stats = NoStatistics()
            return Program(network, source)

        return build

    return load


def python3(experiment: str, source_name: str) -> Callable[[Path], Callable[[], Program]]:
    """The loader of an experiment of the program in Python 3."""

    def load(checkout: Path) -> Callable[[], Program]:
        sys.path.insert(0, str(checkout))
        sample = random.sample  # which has refused sets since Python 3.11
        random.sample = lambda population, k: sample(sorted(population), k)
        parameters = import_module(f"{experiment}.param")
        parameters.get_par()
        parameters.get_aux()
        parameters.aux.display = False
        sorn = import_module("common.sorn")
        source_class = getattr(import_module(f"{experiment}.source"), source_name)

        def build() -> Program:
            source = source_class(parameters.par)
            return Program(sorn.Sorn(parameters, source), source)

        return build

    return load


LOADERS = {
    "zheng2013": python2("examples.zheng2013.param_noinput"),
    "delpapa2017": python2("delpapa.param_Zheng2013"),
    "sorn_v2": python3("NeuronalAvalanches", "NoSource"),
    "sorn_v2_tasks": python3("CountingTask", "CountingSource"),
}


def main() -> None:
    variant, checkout, (age, steps) = sys.argv[1], Path(sys.argv[2]).resolve(), map(int, sys.argv[3:])
    np.random.seed(1)  # noqa: NPY002  the programs draw from this generator
    random.seed(1)
    build = LOADERS[variant](checkout)
    program = build()
    program.run(age)

    def measure() -> dict[str, object]:
        now = program if age else build()
        time = seconds(lambda: now.run(steps))
        return {
            "step": time / steps,
            "synapses": int(now.sorn.W_ee.W.nnz),
            "activity": now.activity(ACTIVITY_STEPS),
            "versions": versions("numpy", "scipy"),
        }

    serve(measure)


if __name__ == "__main__":
    main()
