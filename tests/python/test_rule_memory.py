"""What rules of a user's own keep from step to step: part of the network, in copies, pickles and files."""

from __future__ import annotations

import copy
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY, sorn_command

import sorn
from sorn import Network, ParameterError, RuleError, RuleView, ShapeError, StateError, UnknownNameError

SMALL: dict[str, Any] = {"ne": 70, "nu": 7, "lambda_ee": 15, "eta_stdp": 0.02, "mu_ip": 0.1, "seed": 5}
ORDER = ["stdp", "ip", "rewarded", "sp", "istdp", "ss"]
STEPS = 120
REWARD = (np.arange(STEPS) % 10 == 9).astype(float)


@sorn.rule(changes=["WEE"], memory="pairs", signals=["reward"])
def rewarded(s: RuleView, eta: float = 0.01, decay: float = 0.9) -> None:
    """A rule with three factors: the reward changes weights by a trace of each pair of units."""
    reward = s.signal("reward")
    for post in s.units:
        pre = s.wee.pre_of(post)
        trace = s.memory[post - s.units.start]
        trace[pre] = decay * trace[pre] + s.x[pre] * s.next_x[post]
        s.wee.set_weights(post, s.wee.weights_of(post) + eta * reward * trace[pre])


@sorn.rule(changes=["TE"], memory=2)
def counting(s: RuleView) -> None:
    s.memory = s.memory + np.array([1.0, 0.0])
    s.memory[:, 1] += s.next_x[s.units]


def network(**more: Any) -> Network:
    return Network(**SMALL, order=ORDER, rules=[rewarded], **more)


def until(step: int, action: Callable[[], None]) -> Network:
    """The network with the rule, which acts in another way in one step."""

    def stops(s: RuleView, eta: float = 0.01, decay: float = 0.9) -> None:
        if s.step == step:
            action()
        rewarded.function(s, eta, decay)

    rule = sorn.rule(changes=["WEE"], memory="pairs", signals=["reward"], name="rewarded")(stops)
    return Network(**SMALL, order=ORDER, rules=[rule])


def whole_run() -> Network:
    whole = network()
    whole.run(time_steps=STEPS, signals={"reward": REWARD})
    return whole


def test_the_bits_are_the_same_on_any_number_of_threads_and_over_steps():
    whole = whole_run()
    assert whole.state["rules/rewarded"].shape == (70, 70)
    assert whole.state["rules/rewarded"].any()
    without = Network(**SMALL)
    without.run(time_steps=STEPS)
    assert (whole.Wee != without.Wee).nnz > 0
    for threads in (2, 3):
        other = network()
        other.run(time_steps=STEPS - 20, signals={"reward": REWARD[:-20]}, threads=threads)
        for value in REWARD[-20:]:
            other.step(reward=value)
        assert other == whole, threads


def test_copies_states_pickles_and_files_have_the_memory(tmp_path):
    half = network()
    half.run(time_steps=50, signals={"reward": REWARD[:50]})
    half.save(tmp_path / "half.h5")
    loaded = Network.load(tmp_path / "half.h5")
    np.testing.assert_array_equal(loaded.state["rules/rewarded"], half.state["rules/rewarded"])
    loaded.rules = half.rules
    state = half.state
    state["Te"] = state["Te"] + 0.0
    others = [copy.deepcopy(half), Network(state=half.state), Network(state=state), loaded]
    others += [
        pickle.loads(pickle.dumps(half)),
        Network(state=pickle.loads(pickle.dumps(half.state)), rules=[rewarded]),
    ]
    whole = whole_run()
    for other in others:
        assert other == half
        other.run(time_steps=STEPS - 50, signals={"reward": REWARD[50:]})
        assert other == whole
    assert half != whole


def test_a_run_goes_on_from_a_checkpoint(tmp_path):
    path = tmp_path / "run.h5"

    def stop() -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        until(55, stop).run(time_steps=STEPS, signals={"reward": REWARD}, out=path, checkpoint_every=10, record=["E"])
    with pytest.raises(ParameterError, match="names the rule 'rewarded', which the network was not given"):
        sorn.resume(path, signals={"reward": REWARD})
    changed = [rewarded.replace(eta=0.02)]
    with pytest.raises(StateError, match=r"'rewarded' with eta = 0.02: it began the run with eta = 0.01"):
        sorn.resume(path, signals={"reward": REWARD}, rules=changed)
    resumed, file = sorn.resume(path, signals={"reward": REWARD}, rules=[rewarded], threads=2)
    with file:
        assert file.run["rules"] == {"rewarded": {"eta": 0.01, "decay": 0.9}}
        assert file.run["steps"] == STEPS
    assert resumed == whole_run()


def test_memory_is_written_in_place_or_set():
    counted = Network(**SMALL, order=["stdp", "counting", "ss"], rules=[counting])
    spikes = counted.run(time_steps=30, threads=2, record=["E"])["E"]
    memory = counted.state["rules/counting"]
    np.testing.assert_array_equal(memory[:, 0], np.full(70, 30.0))
    np.testing.assert_array_equal(memory[:, 1], spikes.sum(axis=0))


def test_memory_begins_with_an_array_and_may_be_changed_in_a_state():
    positions = np.random.default_rng(3).random((70, 2))
    seen = []

    def looks(s):
        seen.append(s.memory.copy())

    placed = sorn.rule(changes="TE", memory=positions, name="placed")(looks)
    positions[0] = 7.0  # the rule has a copy
    one = Network(**SMALL, order=["placed"], rules=[placed])
    one.step()
    assert (seen[0] < 1.0).all()
    np.testing.assert_array_equal(seen[0][1:], positions[1:])
    state = one.state
    state["rules/placed"] = np.zeros((70, 2))
    again = Network(state=state, rules=[placed])
    again.step()
    assert not seen[1].any()
    state["rules/placed"] = np.zeros((70, 3))
    with pytest.raises(StateError, match="has 3 numbers for each unit from a rule 'placed'"):
        Network(state=state, rules=[placed])
    state["rules/placed"] = np.zeros((69, 2))
    with pytest.raises(ShapeError, match=r"rules/placed has shape \(69, 2\)"):
        Network(state=state, rules=[placed])
    with pytest.raises(ShapeError, match="memory of the rule 'placed' has 70 rows"):
        Network(ne=60, nu=5, order=["placed"], rules=[placed])
    other = placed.replace(memory=np.zeros((60, 2)))
    Network(ne=60, nu=5, order=["placed"], rules=[other], seed=1).step()
    assert not seen[2].any()


def test_a_broken_promise_leaves_the_memory_of_the_step_before():
    def fails(s):
        s.memory += 1.0
        if s.step == 13:
            s.set_te(s.units.start, np.nan)

    failing = Network(**SMALL, order=["fails"], rules=[sorn.rule(changes="TE", memory=1)(fails)])
    failing.run(time_steps=10)
    with pytest.raises(RuleError, match="in step 13"):
        failing.run(time_steps=10)
    np.testing.assert_array_equal(failing.state["rules/fails"], np.full((70, 1), 10.0))


def test_a_run_without_a_signal_that_a_rule_needs_is_refused():
    needing = network()
    with pytest.raises(ParameterError, match=r"the rule 'rewarded' needs the signal 'reward': the run has no signals"):
        needing.run(time_steps=5)
    with pytest.raises(ParameterError, match=r"has the signals reward_x.*did you mean 'reward_x'"):
        needing.run(time_steps=5, signals={"reward_x": REWARD[:5]})
    assert needing.step_count == 0
    needing.run(time_steps=5, freeze="rewarded")


def test_wrong_memory_is_refused():
    def nothing(s: RuleView) -> None: ...

    for wrong in (-1, 1.5, True, "pair", None):
        with pytest.raises(ParameterError, match="memory = "):
            sorn.rule(changes="TE", memory=wrong)
    with pytest.raises(ShapeError, match=r"memory has shape \(70,\).*memory\[:, None\]"):
        sorn.rule(changes="TE", memory=np.zeros(70))
    with pytest.raises(ShapeError, match=r"memory has shape \(0, 2\)"):
        sorn.rule(changes="TE", memory=np.zeros((0, 2)))
    with pytest.raises(UnknownNameError, match="signals holds 3"):
        sorn.rule(changes="TE", signals=[3])

    def reads(s):
        s.memory[:] = 0.0

    with pytest.raises(StateError, match=r"the rule 'reads' has no memory.*memory=1"):
        Network(**SMALL, order=["reads"], rules=[sorn.rule(changes="TE")(reads)]).step()

    def sets(s):
        s.memory = np.zeros((3, 9))

    with pytest.raises(ValueError, match="broadcast"):
        Network(**SMALL, order=["sets"], rules=[sorn.rule(changes="TE", memory=1)(sets)]).step()


def test_an_order_with_a_rule_that_is_not_given_is_refused_at_once():
    with pytest.raises(ParameterError, match=r"order names the rule 'rewarded'.*rules=\[rewarded\] gives it"):
        Network(**SMALL, order=ORDER)
    with pytest.raises(UnknownNameError, match=r"@sorn\.rule makes a rule of your own"):
        Network(**SMALL, order=["stdp", "never_made_by_anyone"])
    assert Network(state=network().state, rules=[]).rules == ()


SOURCE = r"""
#include "rule.h"
static const char* apply(const sorn_part* s) {
  for (uint64_t post = s->begin; post < s->end; ++post) {
    double* trace = sorn_memory(s, post);
    const uint64_t first = s->wee.start[post - s->begin];
    for (uint64_t k = first; k < first + s->wee.length[post - s->begin]; ++k) {
      const uint32_t pre = s->wee.pre[k];
      trace[pre] = 0.9 * trace[pre] + s->x[pre] * s->next_x[post];
      sorn_set_entry(&s->wee, post, k, s->wee.weight[k] + s->parameters[0] * trace[pre]);
    }
  }
  return NULL;
}
static const sorn_rule_parameter parameters[] = {{"eta", 0.001}};
static const sorn_rule rule = {SORN_RULE_ABI, sizeof(sorn_rule), "traces", SORN_CHANGES_WEE, 1, parameters, 0, apply,
                               0, NULL, SORN_MEMORY_OF_PAIRS, NULL};
SORN_EXPORT_RULE(rule)
"""


@pytest.mark.kills
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="kill_runs.py looks into /proc")
@pytest.mark.skipif(shutil.which("cc") is None, reason="a library needs a C compiler")
def test_a_killed_run_with_a_library_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    sys.path.insert(0, str(REPOSITORY / "bench"))
    from kill_runs import checkpoint_steps, content, differences, live

    (tmp_path / "traces.c").write_text(SOURCE)
    shutil.copy(REPOSITORY / "include" / "sorn" / "rule.h", tmp_path)
    build = ["cc", "-std=c11", "-O2", "-ffp-contract=off", "-shared", "-fPIC", "traces.c", "-o", "traces.so"]
    subprocess.run(build, cwd=tmp_path, check=True, timeout=60)
    rule = ["--rule", "./traces.so:eta=0.002"]
    begin = [sorn_command(), "simulate", "--quiet", "--force", "--seed", "3", "--steps", "20000", "--out", "k.h5"]
    begin += ["--set", "ne=50", "order=stdp,ip,traces,sp,istdp,ss", "--record", "E,WEE/20", *rule]
    assert live(begin, tmp_path, None).code == 0
    reference = content(tmp_path / "k.h5")
    (tmp_path / "k.h5").unlink()

    with subprocess.Popen([*begin, "--checkpoint-every", "1000"], cwd=tmp_path) as process:
        deadline = time.monotonic() + 120
        while max(checkpoint_steps(tmp_path), default=0) < 5000 and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
    resume = [sorn_command(), "simulate", "--quiet", "--resume", "k.h5"]
    without = live(resume, tmp_path, None)
    assert without.code == 3
    assert "names the rule 'traces', which the network was not given" in without.errors
    assert "--rule FILE" in without.errors
    other = live([*resume, "--rule", "./traces.so"], tmp_path, None)
    assert other.code == 3
    assert "the rule 'traces' with eta = 0.001: it began the run with eta = 0.002" in other.errors
    assert live([*resume, *rule], tmp_path, None).code == 0
    assert not differences(tmp_path / "k.h5", reference)
    shown = subprocess.run([sorn_command(), "info", "k.h5"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "memory of the rule traces: 50 numbers for each unit" in shown.stdout
    assert "rule    traces: eta = 0.002" in shown.stdout


@pytest.mark.kills
def test_a_killed_run_with_a_function_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import os, signal, sys
        sys.path.insert(0, sys.argv[1])
        from test_rule_memory import REWARD, STEPS, until
        killed = until(67, lambda: os.kill(os.getpid(), signal.SIGKILL))
        killed.run(time_steps=STEPS, signals={"reward": REWARD}, out=sys.argv[2], checkpoint_every=20, record=["E"])
    """)
    path = tmp_path / "run.h5"
    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(path)], check=False, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    with pytest.raises(ParameterError, match="names the rule 'rewarded', which the network was not given"):
        sorn.resume(path, signals={"reward": REWARD})
    resumed, file = sorn.resume(path, signals={"reward": REWARD}, rules=[rewarded])
    expected = network()
    recorded = expected.run(time_steps=STEPS, signals={"reward": REWARD}, record=["E"])
    with file:
        np.testing.assert_array_equal(file["E"][:], recorded["E"])
    assert resumed == expected
