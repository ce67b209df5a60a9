"""Rules of a user's own as Python functions: they act where `order` names them, on any number of threads."""

from __future__ import annotations

import copy
import pickle
import re
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
DOCS = Path(__file__).parents[2] / "docs" / "own-rules.md"


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


def test_calls_that_take_no_rules_say_what_is_missing():
    order = ["own_stdp", "ss"]
    for call in (
        lambda: sorn.Simulator.simulate_sorn(time_steps=3, ne=50, order=order),
        lambda: sorn.ensemble(2, time_steps=3, ne=50, order=order, seed=1),
    ):
        with pytest.raises(ParameterError, match="names the rule 'own_stdp', which the network was not given"):
            call()


def test_rules_are_refused_with_a_reason():
    def nothing(s: RuleView, eta: float = 0.1) -> None: ...

    def needs(s: RuleView, eta: float) -> None: ...

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
