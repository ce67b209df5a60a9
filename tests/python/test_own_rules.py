"""Rules of a user's own as Python functions: they act where `order` names them, on any number of threads."""

from __future__ import annotations

import copy
import os
import pickle
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import (
    Network,
    OwnRule,
    ParameterError,
    RuleError,
    RuleView,
    StateError,
    UnknownKeywordError,
    UnknownNameError,
)

SMALL: dict[str, Any] = {"ne": 70, "nu": 7, "lambda_ee": 15, "eta_stdp": 0.02, "mu_ip": 0.1, "seed": 5}
ORDER = ["stdp", "ip", "given", "sp", "istdp", "ss"]
REPOSITORY = Path(__file__).parents[2]
DOCS = REPOSITORY / "docs" / "own-rules.md"


@sorn.rule(changes=["WEE"])
def own_stdp(s: RuleView, eta: float = 0.02) -> None:
    """The STDP of the table."""
    for post in s.units:
        pre = s.wee.pre_of(post)
        change = s.x[pre] * s.next_x[post] - s.next_x[pre] * s.x[post]
        s.wee.set_weights(post, np.clip(s.wee.weights_of(post) + eta * change, 0.0, 1.0))


def given(function: Callable[..., object], changes: Any = ("WEE",), **more: Any) -> OwnRule:
    return sorn.rule(changes=changes, name="given", **more)(function)


def network(function: Callable[..., object], changes: Any = ("WEE",), order: Any = ORDER, **more: Any) -> Network:
    return Network(**SMALL, order=order, rules=[given(function, changes, **more)])


def test_stdp_written_as_one_has_the_bits_of_the_table():
    expected = Network(**SMALL)
    expected.run(time_steps=120)
    for threads in (1, 2, 3):
        own = Network(**SMALL, order=["own_stdp", "ip", "sp", "istdp", "ss"], rules=[own_stdp])
        own.run(time_steps=100, threads=threads)
        for _ in range(20):
            own.step()
        assert own.state == expected.state, threads
        assert (own.Wee != expected.Wee).nnz == 0
    other = Network(**SMALL, order=["own_stdp", "ip", "sp", "istdp", "ss"], rules=[own_stdp.replace(eta=0.01)])
    other.run(time_steps=120)
    assert other.state != expected.state


def test_it_removes_and_makes_synapses_on_any_number_of_threads():
    def moves(s):
        units = np.array(s.units)
        chosen = units[s.uniform(s.units) < 0.05]
        for post in chosen:
            assert s.uniform(post) < 0.05
            if len(s.wee.pre_of(post)):
                s.wee.set(post, 0, 0.0)
            pre = int(s.uniform(post, draw=1) * s.wee.n_pre)
            if pre != post:
                s.wee.make(pre, post, 0.02)

    states = []
    for threads in (1, 2, 3):
        moving = network(moves, most_new=70)
        before = moving.Wee != 0
        moving.run(time_steps=100, threads=threads, freeze=["sp", "stdp"])
        states.append(moving.state)
    assert states[0] == states[1] == states[2]
    after = moving.Wee != 0
    assert (after > before).nnz > 20
    assert (before > after).nnz > 20


def test_what_a_part_shows():
    seen = []

    def looks(s, factor, bias=1):
        seen.append((s.step, s.units, s.signal("level"), s.signal("other"), factor, bias))
        assert s.parameters.ne == 70
        assert s.parameters.order == looking.parameters.order
        for array in (s.x, s.next_x, s.y, s.next_y, s.te, s.target, s.wee.pre_of(s.units[0])):
            assert not array.flags.writeable
        np.testing.assert_array_equal(s.active_x, np.flatnonzero(s.x))
        np.testing.assert_array_equal(s.active_next_x, np.flatnonzero(s.next_x))
        np.testing.assert_array_equal(s.active_y, np.flatnonzero(s.y))
        assert len(s.te) == len(s.target) == len(s.units)
        rows = slice(s.units.start, s.units.stop)
        np.testing.assert_array_equal(s.x, before["X"][:, 1])
        np.testing.assert_array_equal(s.te, before["Te"][rows, 0])
        wei = np.zeros((looking.parameters.ni, len(s.units)))
        for k, post in enumerate(s.units):
            wei[s.wei.pre_of(post), k] = s.wei.weights_of(post)
        np.testing.assert_array_equal(wei, before["Wei"][:, rows])

    looking = network(looks, "TE", order=["given"], factor=3)
    looking.run(time_steps=5, freeze="given")
    before = looking.state
    looking.run(time_steps=1, signals={"level": [0.25]}, threads=2)
    assert sorted(seen, key=lambda row: row[1].start) == [
        (5, range(48), 0.25, None, 3, 1),
        (5, range(48, 70), 0.25, None, 3, 1),
    ]


def test_thresholds_and_signals():
    def sets(s):
        s.set_te(s.units, s.signal("level") * np.arange(len(s.units)))
        s.set_te(np.array(s.units[0]), np.float32(9.0))
        assert s.te[0] == 9.0

    setting = network(sets, ["TE"], order=["given"])
    setting.run(time_steps=3, signals={"level": [0.25, 0.5, 0.75]}, threads=1)
    np.testing.assert_array_equal(setting.state["Te"][:, 0], [9.0, *(0.75 * np.arange(1, 70))])
    setting.step(level=2.0)
    assert setting.state["Te"][69, 0] == 2.0 * 69


def test_weights_of_some_synapses():
    expected = np.array([0.25, 0.5, 0.25, 0.125])

    def sets(s):
        for post in s.units:
            if len(s.wei.pre_of(post)) == 4:
                s.wei.set(post, np.arange(0, 4, 2), 0.25)
                s.wei.set(post, [1], np.array([0.5]))
                s.wei.set(post, 3, 0.125)
                np.testing.assert_array_equal(s.wei.weights_of(post), expected)

    setting = network(sets, ["WEI"], order=["given"])
    setting.step()
    wei = setting.state["Wei"]
    columns = [wei[:, post] for post in range(70) if np.count_nonzero(wei[:, post]) == 4]
    assert columns
    for column in columns:
        np.testing.assert_array_equal(column[column > 0], expected)


def test_a_part_without_units_is_left_out():
    seen = []
    Network(ne=20, nu=2, lambda_ee=5, lambda_ei=4, order=["given"], rules=[given(lambda s: seen.append(s.units))]).run(
        time_steps=1, threads=3
    )
    assert sorted(unit for units in seen for unit in units) == list(range(20))
    assert all(seen)


def fails(action: Callable[[RuleView], object]) -> Callable[[RuleView], None]:
    """Does nothing before step 37, and then `action` in the part of unit 40."""

    def acts(s):
        if s.step == 37 and 40 in s.units:
            action(s)

    return acts


BROKEN = [
    (["WEE"], lambda s: s.wee.set(40, 0, -0.5), "'given' sets W_EE[", "= -0.5 in step 37", "at least 0"),
    (["WEE"], lambda s: s.wee.set_weights(40, np.nan), "sets W_EE[", "nan in step 37", "finite"),
    (["WEE"], lambda s: s.wee.make(40, 40, 0.1), "makes W_EE[40][40] = 0.1 in step 37", "", "onto itself"),
    (["WEE"], lambda s: s.wee.make(3, 40, 0.1), "makes W_EE[3][40]", "", "at most 0 synapses"),
    (["WEE"], lambda s: s.wee.make(-1, 40, 0.1), "makes W_EE[-1][40]", "in step 37", "numbered from 0"),
    (["WEE"], lambda s: s.wee.make(3, 70, 0.1), "makes W_EE[3][70]", "in step 37", "unit of the part"),
    (["TE"], lambda s: s.wee.set(40, 0, 0.1), "sets a weight of W_EE", "", "does not say"),
    (["TE"], lambda s: s.wei.set_weights(40, s.wei.weights_of(40)), "sets a weight of W_EI", "", "does not say"),
    (["WEE"], lambda s: s.set_te(40, 1.0), "sets a threshold in step 37", "", "does not say"),
    (["TE"], lambda s: s.set_te([40], [np.inf]), "sets T_E[40] = inf in step 37", "", "finite"),
    (["TE"], lambda s: s.set_te(-1, 0.5), "sets T_E[-1] in step 37", "", "unit of the part"),
    (["WEE"], lambda s: s.wee.pre_of(70), "W_EE onto unit 70 in step 37", "", "unit of the part"),
    (["WEE"], lambda s: s.wee.weights_of(-1), "W_EE onto unit -1", "", "unit of the part"),
    (["WEE"], lambda s: s.wee.set(40, [0, 99], 0.1), "sets synapse 99 of W_EE onto unit 40", "", "numbered from 0"),
    (["WEE"], lambda s: s.wee.set(40, -1, 0.1), "sets synapse -1 of W_EE", "", "numbered from 0"),
]


@pytest.mark.parametrize("row", range(len(BROKEN)))
def test_a_broken_promise_ends_the_run(row):
    changes, action, *texts = BROKEN[row]
    breaking = network(fails(action), changes)
    before = breaking.copy()
    for threads in (1, 2):
        with pytest.raises(RuleError) as caught:
            breaking.run(time_steps=60, threads=threads)
        for text in ("the rule 'given'", *texts):
            assert text in str(caught.value)
        assert breaking == before
    breaking.run(time_steps=37)
    standing = breaking.copy()
    with pytest.raises(RuleError):
        breaking.step()
    assert breaking == standing
    breaking.run(time_steps=10, freeze=["given"])
    assert breaking.step_count == 47


def test_an_exception_comes_out_unchanged():
    error = KeyError("mine")

    def throws(_: RuleView) -> None:
        raise error

    throwing = network(fails(throws))
    before = throwing.copy()
    for threads in (1, 2, 3):
        with pytest.raises(KeyError) as caught:
            throwing.run(time_steps=60, threads=threads)
        assert caught.value is error
        assert caught.traceback[-1].name == "throws"
        assert throwing == before


@pytest.mark.parametrize(
    ("action", "kind", "message"),
    [
        (lambda s: s.wee.set(40, np.ones(3, bool), 0.1), TypeError, "numpy.flatnonzero"),
        (lambda s: s.wee.set(40, [0, 1], [0.1]), sorn.ShapeError, "w has 1 values: must have 2"),
        (lambda s: s.wee.set_weights(40, [0.1]), sorn.ShapeError, "weights has 1 values"),
        (lambda s: s.set_te([40, 41], [0.1]), sorn.ShapeError, "value has 1 values"),
        (lambda s: s.set_te(40, np.ones((2, 2))), sorn.ShapeError, "value has 2 dimensions"),
        (lambda s: s.wee.set(40, 0.0, 0.1), TypeError, "float"),
        (lambda s: s.wee.set(40, 0, "0.1"), sorn.ShapeError, "w has 0 dimensions"),
        (lambda s: s.wee.set(40, 0, None), TypeError, "float"),
        (lambda s: s.uniform(-1), ParameterError, "unit = -1"),
        (lambda s: s.te_of(70), RuleError, r"asks for T_E\[70\] in step 37"),
        (lambda s: s.wee.weight(40, 99), RuleError, "asks for synapse 99 of W_EE onto unit 40"),
        (lambda s: s.wee.synapses_from(70), RuleError, "W_EE from unit 70 in step 37"),
        (lambda s: s.wee.post_of(2**40), RuleError, "takes 1099511627776 for a synapse of W_EE"),
        (lambda s: s.wee.set_of([2**40], 0.5), RuleError, "must be one of synapses_from"),
        (lambda s: s.next_z, AttributeError, "next_z"),
    ],
)
def test_wrong_arguments_of_a_view(action, kind, message):
    with pytest.raises(kind, match=message):
        network(fails(action), ["WEE", "TE"]).run(time_steps=60)


def test_a_view_ends_with_the_call():
    kept: list[Any] = []

    def keeps(s):
        kept.extend([s, s.wee, s.x])

    network(keeps).step()
    s, wee, x = kept[:3]
    for use in (lambda: s.x, lambda: s.step, lambda: s.wee, lambda: wee.pre_of(0), lambda: wee.set(0, 0, 1.0)):
        with pytest.raises(StateError, match="'given' is used after the call: a rule sees"):
            use()
    assert len(x) == 70


def test_frozen_and_in_training_it_does_not_act():
    resting = network(fails(lambda s: s.set_te(40, 1.0)))
    resting.run(time_steps=50, freeze=["given"])
    resting.run(time_steps=50, phase="training")
    assert resting.step_count == 100
    with pytest.raises(UnknownNameError, match="did you mean 'given'"):
        resting.run(time_steps=1, freeze=["givn"])


def test_other_threads_run_while_a_rule_does():
    entered, may_go = threading.Event(), threading.Event()

    def waits(s):
        entered.set()
        assert may_go.wait(60)

    waiting = network(waits)
    before = waiting.copy()
    for act in (waiting.step, lambda: waiting.run(time_steps=1, threads=2)):
        entered.clear()
        may_go.clear()
        thread = threading.Thread(target=act)
        thread.start()
        assert entered.wait(60)
        assert waiting.copy() == before
        with pytest.raises(sorn.ParallelError):
            waiting.rules = []
        may_go.set()
        thread.join()
        assert waiting.step_count == before.step_count + 1
        before = waiting.copy()


def test_copies_states_pickles_and_files_have_the_rule(tmp_path):
    start = Network(**SMALL, order=["own_stdp", "ip", "ss"], rules=[own_stdp.replace(eta=0.05)])
    assert start.rules[0].parameters == {"eta": 0.05}
    changed = start.state
    changed["Te"] = changed["Te"] + 0.0
    start.save(tmp_path / "start.h5")
    loaded = Network.load(tmp_path / "start.h5")
    with pytest.raises(ParameterError, match="names the rule 'own_stdp', which the network was not given"):
        loaded.run(time_steps=1)
    loaded.rules = start.rules
    others = [copy.deepcopy(start), Network(state=start.state), Network(state=changed), loaded]
    others.append(pickle.loads(pickle.dumps(start)))
    assert others[-1].rules[0].function is own_stdp.function
    start.run(time_steps=30, threads=2, out=tmp_path / "run.h5").close()
    for other in others:
        other.run(time_steps=30)
        assert other == start
    assert Network.load(tmp_path / "run.h5") == start
    with pytest.raises(ParameterError, match="cannot be pickled"):
        pickle.dumps(network(lambda s: None))


def test_a_run_is_resumed_with_its_rules(tmp_path):
    path = tmp_path / "run.h5"

    def started(stops: bool, **parameters: float) -> Network:
        def fails_late(s, eta=0.01):
            if stops and s.step == 33:
                raise KeyError("stop")
            for post in s.units:
                s.wee.set_weights(post, s.wee.weights_of(post) + eta)

        return network(fails_late, **parameters)

    whole = started(stops=False)
    recorded = whole.run(time_steps=50, record=["E"])
    with pytest.raises(KeyError):
        started(stops=True).run(time_steps=50, record=["E"], out=path, checkpoint_every=10)
    with pytest.raises(ParameterError, match="names the rule 'given', which the network was not given"):
        sorn.resume(path)
    with pytest.raises(StateError, match=r"with eta = 0\.02: it began the run with eta = 0\.01"):
        sorn.resume(path, rules=started(stops=False, eta=0.02).rules)
    resumed, file = sorn.resume(path, rules=whole.rules, threads=2)
    with file:
        np.testing.assert_array_equal(file["E"][:], recorded["E"])
    assert resumed == whole
    assert resumed.rules == whole.rules


def test_a_pickle_is_read_before_the_rule_is_defined(tmp_path):
    file = tmp_path / "state.pkl"
    start = Network(**SMALL, order=["own_stdp"], rules=[own_stdp])
    file.write_bytes(pickle.dumps([start.state, start.parameters, sorn.Variant().replace(order=["own_stdp"])]))
    alone = tmp_path / "alone.pkl"
    alone.write_bytes(pickle.dumps(start.state))
    program = (
        "import pickle, sys, sorn\n"
        "alone = sorn.exchange.load_pickle(sys.argv[2])\n"
        "state, parameters, variant = pickle.load(open(sys.argv[1], 'rb'))\n"
        "assert alone == state and alone.parameters == state.parameters\n"
        "assert state.parameters == parameters and parameters.order == variant.order\n"
        "try:\n    sorn.Network(state=state).step()\n"
        "except sorn.ParameterError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, file, alone], check=True, capture_output=True, text=True)
    assert "which the network was not given" in done.stdout


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Builds the libraries of tests/rules."""
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    if compiler is None:
        pytest.skip("there is no C++ compiler")
    folder = tmp_path_factory.mktemp("libraries")

    def built(source: str, *definitions: str) -> Path:
        library = folder / f"{source}{len(list(folder.iterdir()))}.so"
        options = ["-std=c++20", "-O2", "-ffp-contract=off", "-shared", "-fPIC", "-I", REPOSITORY / "include"]
        file = REPOSITORY / "tests" / "rules" / f"{source}.cpp"
        subprocess.run([compiler, *options, *(f"-D{one}" for one in definitions), file, "-o", library], check=True)
        return library

    return built


def test_a_library_has_the_bits_of_the_table(libraries, tmp_path, monkeypatch):
    path = libraries("stdp")
    rule = sorn.load_rule(path)
    assert (rule.name, rule.changes, rule.most_new) == ("library_stdp", ("WEE",), 0)
    assert (rule.parameters, rule.function, rule.path) == ({"eta": 0.02}, None, str(path))
    assert repr(rule) == "<rule library_stdp(eta=0.02), changes WEE>"
    expected = Network(**SMALL)
    expected.run(time_steps=120)
    order = ["library_stdp", "ip", "sp", "istdp", "ss"]
    for threads in (1, 2, 3):
        own = Network(**SMALL, order=order, rules=[rule])
        own.run(time_steps=120, threads=threads)
        assert own.state == expected.state
    assert rule == sorn.load_rule(path) == pickle.loads(pickle.dumps(rule))
    assert hash(rule) == hash(sorn.load_rule(path))
    assert rule != rule.replace(eta=0.01)
    changed = sorn.load_rule(path, eta=0.01)
    assert changed == rule.replace(eta=0.01)
    other = Network(**SMALL, order=order, rules=[changed])
    other.run(time_steps=120)
    assert other.state != expected.state
    again = pickle.loads(pickle.dumps(other))
    assert again.rules == (changed,)
    other.run(time_steps=5)
    again.run(time_steps=5)
    assert again == other
    monkeypatch.chdir(path.parent)
    assert sorn.load_rule(path.name) == rule

    run = Network(**SMALL, order=order, rules=[rule])
    signals = {"level": lambda step: 1 / (step - 35)}
    with pytest.raises(ZeroDivisionError):
        run.run(time_steps=120, out=tmp_path / "run.h5", checkpoint_every=10, signals=signals)
    with pytest.raises(StateError, match=r"with eta = 0\.01: it began the run with eta = 0\.02"):
        sorn.resume(tmp_path / "run.h5", signals={"level": float}, rules=[changed])
    resumed, file = sorn.resume(tmp_path / "run.h5", signals={"level": float}, rules=[rule])
    file.close()
    assert resumed.state == expected.state


def test_libraries_are_refused_with_a_reason(libraries, tmp_path):
    crash = libraries("wrong", "WRONG_CRASH=1")
    with pytest.raises(sorn.FormatError, match=r"ends the process that loads it, by signal 6 \(Aborted\)"):
        sorn.load_rule(crash)
    with pytest.raises(sorn.FormatError, match=r"version 2 of <sorn/rule\.h>"):
        sorn.load_rule(libraries("wrong", "WRONG_ABI=2"))
    with pytest.raises(sorn.FormatError, match=r"does not define sorn_rule_v1\(\)"):
        sorn.load_rule(libraries("wrong", "WRONG_SYMBOL=1"))
    with pytest.raises(ParameterError, match=r"'stdp' in '.*\.so'"):
        sorn.load_rule(libraries("wrong", 'WRONG_NAME="stdp"'))
    cut = tmp_path / "cut.so"
    cut.write_bytes(crash.read_bytes()[:3000])
    with pytest.raises(sorn.FormatError, match="truncated"):
        sorn.load_rule(cut)
    with pytest.raises(sorn.IoError, match="there is no such file"):
        sorn.load_rule(tmp_path / "none.so")
    path = libraries("stdp")
    with pytest.raises(UnknownNameError, match="did you mean 'eta'"):
        sorn.load_rule(path, etta=1.0)
    with pytest.raises(ParameterError, match="must be a finite number"):
        sorn.load_rule(path, eta=np.inf)
    with pytest.raises(ParameterError, match=r"eta = 'x'.*must be a number"):
        sorn.load_rule(path, eta="x")
    with pytest.raises(UnknownKeywordError, match="it has eta"):
        sorn.load_rule(path).replace(a=1.0)


def test_all_calls_that_run_networks_take_rules(tmp_path):
    order = ["own_stdp", "ip", "ss"]
    single = Network(**SMALL, order=order, rules=[own_stdp])
    recorded = single.run(time_steps=30, record=["E"])
    more = {"time_steps": 30, "order": order, "rules": [own_stdp], **SMALL}
    state, E, *_ = sorn.Simulator.simulate_sorn(**more)
    np.testing.assert_array_equal(E, recorded["E"])
    assert state == single.state
    assert Network(state=state).rules == (own_stdp,)
    assert sorn.Simulator.run(**more)[0] == single.state
    sorn.Simulator.run(**more, out=tmp_path / "run.h5")[1].close()
    assert Network.load(tmp_path / "run.h5") == single
    for call in (sorn.Trainer.train_sorn, sorn.Trainer.run):
        assert call(**more, phase="plasticity")[0] == single.state
    # from a state: its own rules, others, or none
    kept = single.state
    single.run(time_steps=10)
    assert sorn.Simulator.run(state=kept, timesteps=10)[0] == single.state
    other = sorn.Simulator.run(state=kept, timesteps=10, rules=[own_stdp.replace(eta=0.5)])[0]
    assert other != single.state
    assert Network(state=kept).rules == (own_stdp,)
    with pytest.raises(ParameterError, match="names the rule 'own_stdp', which the network was not given"):
        sorn.Simulator.run(state=kept, timesteps=10, rules=[])
    with pytest.raises(ParameterError, match="rules = 3"):
        sorn.Simulator.simulate_sorn(time_steps=3, rules=3)


def test_ensembles_take_rules(tmp_path):
    order = ["own_stdp", "ip", "ss"]
    small = {key: value for key, value in SMALL.items() if key != "seed"}
    arguments = {"time_steps": 30, "record": ["E"], "order": order, "rules": [own_stdp], **small}
    ensembles = [sorn.ensemble(3, seed=7, threads=threads, **arguments) for threads in (1, 3)]
    ensembles.append(sorn.ensemble(3, seed=7, threads=2, out=tmp_path / "run.h5", checkpoint_every=10, **arguments))
    for k in range(3):
        single = Network(**small, seed=ensembles[0][k].seed, order=order, rules=[own_stdp])
        recorded = single.run(time_steps=30, record=["E"])
        for ensemble in ensembles:
            assert ensemble[k].network == single
            np.testing.assert_array_equal(np.array(ensemble[k].recordings["E"][:]), recorded["E"])
    assert ensembles[0][1].network.rules == (own_stdp,)
    start = single.state
    go_on = sorn.ensemble(2, state=start, time_steps=5, seed=1)
    expected = Network(state=start, seed=go_on[1].seed)
    expected.run(time_steps=5)
    assert go_on[1].network == expected

    def fails_late(s):
        if s.step == 20:
            raise KeyError("mine")

    arguments["rules"] = [sorn.rule(changes="WEE", name="own_stdp")(fails_late)]
    with pytest.raises(KeyError, match="mine"):
        sorn.ensemble(3, seed=7, threads=2, **arguments)
    with pytest.raises(ParameterError, match="names the rule 'own_stdp', which the network was not given"):
        sorn.ensemble(3, seed=7, **(arguments | {"rules": []}))


def test_sweeps_take_rules(tmp_path):
    design = {
        "parameters": {"ne": 50, "lambda_ee": 8, "lambda_ei": 20, "order": ["own_stdp", "ip", "ss"]},
        "run": {"steps": 50, "seed": 1},
        "sweep": {"statistics": ["mean_rate", "ee_synapses"], "grid": {"mu_ip": [0.002, 0.1]}},
    }
    sweep = sorn.Sweep(design, rules=[own_stdp])
    table = sweep.execute(threads=2)
    for k, run in enumerate(sweep.runs):
        network = Network(run.parameters, seed=run.seed, rules=[own_stdp])
        rate = network.run(time_steps=50, record=["E"])["E"].mean()
        assert table["mean_rate"][k] == pytest.approx(rate, rel=1e-12)
        assert sweep.run(k)["ee_synapses"] == table["ee_synapses"][k]
    again = pickle.loads(pickle.dumps(sweep))
    assert again == sweep
    assert again.rules == (own_stdp,)
    assert again.run(1) == sweep.run(1)
    other = sorn.Sweep(design, rules=[own_stdp.replace(eta=0.2)])
    assert other != sweep
    assert list(other.execute()["mean_rate"]) != list(table["mean_rate"])
    sorn.sweep(design, rules=[own_stdp], out=tmp_path / "sweep")
    with pytest.raises(ParameterError, match="rules"):
        other.execute(out=tmp_path / "sweep")
    with pytest.raises(ParameterError, match="which the network was not given"):
        sorn.sweep(design)
    with pytest.raises(ParameterError, match="must not be given with a Sweep"):
        sorn.sweep(sweep, rules=[own_stdp])

    def broken(s):
        if s.parameters.mu_ip == 0.1:
            s.wee.set_weights(s.units[0], -1.0)

    table = sorn.sweep(design, rules=[sorn.rule(changes="WEE", name="own_stdp")(broken)])
    assert table["error"][0] == ""
    assert "the rule 'own_stdp' sets W_EE[" in table["error"][1]


def test_a_run_that_fails_calls_the_rule_no_further():
    calls = []

    def counts(s):
        calls.append(s.step)
        if s.step == 37:
            raise KeyError("mine")

    failing = network(counts)
    with pytest.raises(KeyError):
        failing.run(time_steps=60, threads=1)
    assert calls == list(range(38))


def test_synapses_seen_from_their_presynaptic_units():
    def looks(s):
        seen = np.zeros((70, 70))
        for pre in range(s.wee.n_pre):
            row = s.wee.synapses_from(pre)
            seen[pre, s.wee.post_of(row)] = s.wee.weight_of(row)
            for synapse in row:
                assert s.wee.post_of(synapse) in s.units
                assert s.wee.weight_of(synapse) == seen[pre, s.wee.post_of(synapse)]
            s.wee.set_of(row, s.wee.weight_of(row) / 2)
            if len(row):
                s.wee.set_of(row[0], 0.75)
        for post in s.units:
            np.testing.assert_array_equal(seen[s.wee.pre_of(post), post], before.toarray()[s.wee.pre_of(post), post])
            assert s.te_of(post) == s.te[post - s.units.start]
            for k, weight in enumerate(s.wee.weights_of(post)):
                assert s.wee.weight(post, k) == weight

    looking = network(looks, order=["given"])
    before = looking.Wee
    looking.run(time_steps=1, threads=1)
    after = looking.Wee.toarray()
    halved = after == before.toarray() / 2
    assert (~halved).sum() == ((before != 0).sum(axis=1) > 0).sum()
    assert (after[~halved] == 0.75).all()


def test_rules_are_refused_with_a_reason():
    def nothing(s: RuleView, eta: float = 0.1) -> None: ...

    def needs(s: RuleView, eta: float) -> None: ...

    with pytest.raises(ParameterError, match=r"must be given changes by name; @sorn.rule\(changes="):
        sorn.rule(nothing)
    with pytest.raises(UnknownNameError, match="changes holds 'WIE'"):
        sorn.rule(changes=["WEE", "WIE"])
    with pytest.raises(ParameterError, match="changes is empty"):
        sorn.rule(changes=[])
    with pytest.raises(ParameterError, match="most_new = -1"):
        sorn.rule(changes="WEE", most_new=-1)
    with pytest.raises(ParameterError, match="lower-case letter"):
        sorn.rule(changes="WEE", name="My Rule")(nothing)
    with pytest.raises(ParameterError, match="another stage"):
        sorn.rule(changes="WEE", name="stdp")(nothing)
    with pytest.raises(UnknownKeywordError, match=r"'nothing' has no parameter 'etta'.*did you mean 'eta'"):
        sorn.rule(changes="WEE")(nothing).replace(etta=1)
    with pytest.raises(ParameterError, match="'needs' has no value for 'eta'"):
        sorn.rule(changes="WEE")(needs)
    with pytest.raises(ParameterError, match="rules holds <function"):
        Network(rules=[nothing])
    with pytest.raises(ParameterError, match="rules = 3"):
        Network(rules=3)
    with pytest.raises(ParameterError, match="given twice"):
        Network(rules=[own_stdp, own_stdp])
    with pytest.raises(ParameterError, match="does not name the rule 'own_stdp'"):
        Network(rules=[own_stdp], ne=50).step()
    with pytest.raises(UnknownNameError, match="did you mean 'own_stdp'"):
        Network(order=["own_stpd"])


def test_the_page_on_rules_runs():
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
    assert blocks
    namespace: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "own-rules.md", "exec"), namespace)
    assert namespace["network"].step_count > 0
