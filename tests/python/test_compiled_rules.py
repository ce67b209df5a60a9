"""Rules that Numba compiles: the same functions with the same bits, without the interpreter."""

from __future__ import annotations

import ctypes
import pickle
import subprocess
import sys
import threading
from typing import Any

import numpy as np
import pytest

import sorn
from sorn import Network, OwnRule, ParameterError, RuleError, RuleView

numba = pytest.importorskip("numba")

SMALL: dict[str, Any] = {"ne": 70, "nu": 7, "lambda_ee": 15, "eta_stdp": 0.02, "mu_ip": 0.1, "seed": 5}
ORDER = ["stdp", "ip", "given", "sp", "istdp", "ss"]


def own_stdp(s: RuleView, eta: float = 0.02) -> None:
    """The STDP of the table, over the synapses of units that fire."""
    for pre in s.active_x:
        for synapse in s.wee.synapses_from(pre):
            post = s.wee.post_of(synapse)
            if s.next_x[post] and not (s.x[post] and s.next_x[pre]):
                s.wee.set_of(synapse, min(s.wee.weight_of(synapse) + eta, 1.0))
    for pre in s.active_next_x:
        for synapse in s.wee.synapses_from(pre):
            post = s.wee.post_of(synapse)
            if s.x[post] and not (s.next_x[post] and s.x[pre]):
                s.wee.set_of(synapse, max(s.wee.weight_of(synapse) - eta, 0.0))


def all_of_it(s: RuleView, size: float = 0.25, count: int = 2, keep: bool = True) -> None:
    """All that a view has."""
    level = s.signal("level")
    if s.signal("other") is not None or level is None:
        raise ValueError("it needs the signal level")
    s.set_te(s.units, s.te + 0.01 * s.target * level)
    s.set_te(np.arange(s.units.start, s.units.stop), 0.001 * s.next_x[s.units.start : s.units.stop] + s.te)
    chosen = s.uniform(s.units) < 0.2
    for k, post in enumerate(s.units):
        if not chosen[k]:
            continue
        s.set_te(post, s.te_of(post) + 0.01 * s.uniform(post, draw=1) + 1e-6 * s.step)
        pre = s.wee.pre_of(post)
        if len(pre) > count:
            s.wee.set(post, 0, 0.0 if keep else 0.1)
            s.wee.set(post, np.arange(1, count), size * s.wee.weight(post, len(pre) - 1))
        w = s.wee.weights_of(post)
        s.wee.set_weights(post, np.minimum(w * 1.5 + 0.01 * s.x[pre], 1.0))
        s.wei.set_weights(post, 0.75 * s.wei.weights_of(post) + 0.01 * s.y[s.wei.pre_of(post)])
        new = int(s.uniform(post, 2) * s.wee.n_pre)
        if new != post:
            s.wee.make(new, post, 0.02)
    for pre in s.active_x:
        row = s.wee.synapses_from(pre)
        s.wee.set_of(row, s.wee.weight_of(row) * np.where(s.next_x[s.wee.post_of(row)] == 1, 1.01, 0.99))
    for pre in s.active_y:
        for synapse in s.wei.synapses_from(pre):
            s.wei.set_of(synapse, s.wei.weight_of(synapse) * 0.99)


compiled_stdp = sorn.rule(changes=["WEE"], compiled=True)(own_stdp)
compiled_all = sorn.rule(changes=["WEE", "WEI", "TE"], most_new=70, compiled=True)(all_of_it)


@sorn.rule(changes=["TE"], compiled=True)
def drift(s: RuleView, rate: float = 1e-4) -> None:
    """At the top of a module, as pickles need it."""
    s.set_te(s.units, s.te + rate)


def network(rule: OwnRule, order: Any = ORDER) -> Network:
    return Network(**SMALL, order=order, rules=[rule])


def test_stdp_has_the_bits_of_the_table_on_any_number_of_threads():
    expected = Network(**SMALL)
    expected.run(time_steps=120)
    order = ["own_stdp", "ip", "sp", "istdp", "ss"]
    for own in (sorn.rule(changes=["WEE"])(own_stdp), compiled_stdp):
        for threads in (1, 2, 3):
            running = network(own, order)
            running.run(time_steps=100, threads=threads)
            for _ in range(20):
                running.step()
            assert running.state == expected.state, (own, threads)
            assert (running.Wee != expected.Wee).nnz == 0
    other = network(compiled_stdp.replace(eta=0.01), order)
    other.run(time_steps=120)
    assert other.state != expected.state


@pytest.mark.slow
def test_it_sees_and_changes_what_the_function_does():
    level = {"level": np.linspace(-1, 1, 60)}
    order = ["stdp", "ip", "all_of_it", "sp", "istdp", "ss"]
    states = []
    for rule in (sorn.rule(changes=["WEE", "WEI", "TE"], most_new=70)(all_of_it), compiled_all):
        for threads in (1, 2, 3):
            running = network(rule, order)
            before = running.state
            running.run(time_steps=60, signals=level, threads=threads)
            states.append(running.state)
    assert all(state == states[0] for state in states)
    assert not np.array_equal(states[0]["Te"], before["Te"])
    for values in ({"size": 0.5}, {"keep": False}, {"count": 3}):
        running = network(compiled_all.replace(**values), order)
        running.run(time_steps=60, signals=level)
        assert running.state != states[0], values
    with pytest.raises(ValueError, match="it needs the signal level"):
        network(compiled_all, order).step()


def keeps(s: RuleView, tau: float = 20.0) -> None:
    """Traces of activity and of weights, which change thresholds."""
    s.memory *= 1.0 - 1.0 / tau
    s.memory[:, 0] += s.x[s.units.start : s.units.stop]
    for k, unit in enumerate(s.units):
        s.memory[k, 1] += s.wee.weight(unit, 0) if len(s.wee.pre_of(unit)) else 0.5
        s.set_te(unit, s.te_of(unit) + 1e-3 * (s.memory[k, 0] - s.memory[k, 1]))
    s.memory = 0.5 * s.memory + 0.25


def of_pairs(s: RuleView) -> None:
    for k, unit in enumerate(s.units):
        s.memory[k, unit] += 1.0
        s.set_te(unit, s.te_of(unit) + 1e-4 * s.memory[k].max())


def needless(s: RuleView) -> None:
    s.set_te(s.units, s.memory[:, 0])


@pytest.mark.slow
def test_it_keeps_what_the_function_keeps():
    begin = np.random.default_rng(3).random((70, 2))
    for function, memory in ((keeps, 2), (keeps, begin), (of_pairs, "pairs")):
        states = []
        for compiled in (False, True):
            rule = sorn.rule(changes=["TE"], memory=memory, name="given", compiled=compiled)(function)
            for threads in (1, 2, 3):
                running = network(rule)
                running.run(time_steps=30, threads=threads)
                running.run(time_steps=10)
                states.append(running.state)
        assert all(state == states[0] for state in states)
    begun = rule.replace(memory=3)
    assert (begun.memory, rule.memory) == (3, "pairs")
    found = []
    for compiled in (False, True):
        with pytest.raises(sorn.StateError, match="'given' has no memory") as caught:
            network(sorn.rule(changes=["TE"], name="given", compiled=compiled)(needless)).step()
        found.append(str(caught.value))
    assert found[0] == found[1]
    needs = sorn.rule(changes=["TE"], name="given", compiled=True, signals="reward")(of_pairs)
    with pytest.raises(ParameterError, match="reward"):
        network(needs).step()


def fails(mistake: int, changes: tuple[str, ...], compiled: bool) -> OwnRule:
    def acts(s, mistake: int):
        if s.step != 37:
            return
        for post in s.units:
            if post == 40:
                wrong(s, mistake)

    return sorn.rule(changes=changes, name="given", compiled=compiled, mistake=mistake)(acts)


@numba.extending.register_jitable
def wrong(s, mistake):
    if mistake == 0:
        s.wee.set(40, 0, -0.5)
    elif mistake == 1:
        s.wee.set_weights(40, np.nan)
    elif mistake == 2:
        s.wee.make(40, 40, 0.1)
    elif mistake == 3:
        s.wee.make(-1, 40, 0.1)
    elif mistake == 4:
        s.wei.set_weights(40, s.wei.weights_of(40))
    elif mistake == 5:
        s.set_te(40, 1.0)
    elif mistake == 6:
        s.set_te(-1, 0.5)
    elif mistake == 7:
        s.wee.pre_of(70)
    elif mistake == 8:
        s.wee.set(40, 99, 0.1)
    elif mistake == 9:
        s.wee.weight(40, -1)
    elif mistake == 10:
        s.wee.synapses_from(70)
    elif mistake == 11:
        s.te_of(70)
    elif mistake == 12:
        s.uniform(-1)
    elif mistake == 13:
        s.wee.set_weights(40, np.zeros(99))
    elif mistake == 14:
        s.set_te(np.array([40, 41]), np.zeros(3))
    elif mistake == 15:
        raise KeyError("mine")
    elif mistake == 16:
        1 // (s.step - 37)
    elif mistake == 17:
        s.wee.set_of(2**40, 0.5)


@pytest.mark.slow
def test_its_errors_are_those_of_the_function():
    texts = []
    for changes in (("WEE",), ("WEE", "TE")):
        known = fails(0, changes, compiled=True)
        for mistake in range(18):
            if mistake == 5 and "TE" in changes:
                continue
            found = []
            for rule in (fails(mistake, changes, compiled=False), known.replace(mistake=mistake)):
                failing = network(rule)
                before = failing.copy()
                for threads in (1, 2):
                    with pytest.raises(
                        (RuleError, sorn.ShapeError, ParameterError, KeyError, ZeroDivisionError)
                    ) as caught:
                        failing.run(time_steps=60, threads=threads)
                    assert failing == before
                    text = str(caught.value).replace(" or modulo", "")
                    found.append((type(caught.value), text))
            assert found[:2] == found[2:]
            texts.append(found[0][1])
    assert sum("in step 37" in text for text in texts) > 19


def test_threads_do_not_need_the_interpreter():
    inside = threading.Event()

    @sorn.rule(changes=["TE"], compiled=True, name="given")
    def long(s):
        for _ in range(100):
            s.set_te(s.units, s.te)

    running = network(long)
    thread = threading.Thread(target=lambda: (inside.set(), running.run(time_steps=300, threads=2)))
    thread.start()
    inside.wait(60)
    turns = 0
    while thread.is_alive():
        turns += 1
    thread.join()
    assert turns > 1000
    assert running.step_count == 300


def test_copies_pickles_and_another_process_have_it(tmp_path):
    start = network(drift.replace(rate=0.5), ["stdp", "drift", "ss"])
    others = [start.copy(), Network(state=start.state), pickle.loads(pickle.dumps(start))]
    start.run(time_steps=5)
    for other in others:
        other.run(time_steps=5)
        assert other == start
    assert others[-1].rules == start.rules
    assert others[-1].rules[0].parameters == {"rate": 0.5}


def test_without_numba_it_says_what_to_install():
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "import sorn\n"
        "try:\n    sorn.rule(changes=['TE'], compiled=True)(lambda s: None)\n"
        "except ImportError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "pip install 'sorn[numba]'" in done.stdout


def test_what_cannot_be_compiled_is_refused():
    def reads_parameters(s):
        s.set_te(s.units, s.parameters.mu_ip)

    def unknown(s):
        s.set_te(s.units, s.thresholds)

    def writes(s):
        s.wee.weights_of(s.units.start)[0] = 0.5

    def names_signal(s):
        for name in ("a", "b"):
            s.signal(name)

    def listed(s, values=()): ...

    for function, text in (
        (reads_parameters, "parameters of its own"),
        (unknown, "thresholds"),
        (writes, "readonly|read-only|immutable"),
        (names_signal, "written as a text"),
    ):
        with pytest.raises(ParameterError, match=rf"(?s){function.__name__}' cannot be compiled.*({text})"):
            sorn.rule(changes=["WEE", "TE"], compiled=True)(function)
    with pytest.raises(ParameterError, match=r"values = \(\) of the rule 'listed'.*number"):
        sorn.rule(changes=["TE"], compiled=True)(listed)
    with pytest.raises(ParameterError, match="compiled = 1"):
        sorn.rule(changes=["TE"], compiled=1)


def test_a_function_at_an_address():
    size = sorn._core.rule_layout()["part"]

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
    def of_ctypes(part):
        values = ctypes.c_double.from_address(ctypes.c_uint64.from_address(part + size["parameters"]).value)
        assert values.value == 0.25
        steps.append(ctypes.c_uint64.from_address(part + size["step"]).value)

    @numba.cfunc(numba.types.intp(numba.types.intp))
    def of_numba(part):
        return 0

    steps: list[int] = []
    rule = sorn.rule_at(of_ctypes, name="given", changes="TE", a=0.25)
    assert rule.parameters == {"a": 0.25}
    network(rule).run(time_steps=3, threads=1)
    assert steps == [0, 1, 2]
    running = network(sorn.rule_at(of_numba, name="given", changes=["WEE"], most_new=3))
    del of_numba
    running.run(time_steps=3)
    text = ctypes.create_string_buffer(b"the reason")
    says = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda part: ctypes.addressof(text))
    with pytest.raises(RuleError, match="'given' ends the run in step 0: the reason"):
        network(sorn.rule_at(says, name="given", changes="TE")).step()
    with pytest.raises(ParameterError, match="cannot be pickled"):
        pickle.dumps(rule)
    for wrong_one in (0, -1, True, "x", lambda part: 0):
        with pytest.raises(ParameterError, match="must be a function of ctypes"):
            sorn.rule_at(wrong_one, name="given", changes="TE")
    with pytest.raises(ParameterError, match="lower-case letter"):
        sorn.rule_at(of_ctypes, name="Given", changes="TE")
