"""Sources of input: values, runs that they drive, files, own sources, errors."""

import json
import pickle
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import sorn
from sorn import Network, Simulator, Trainer, sources

REPOSITORY = Path(__file__).parents[2]
SMALL = {"ne": 60, "lambda_ee": 8, "lambda_ei": 20}

EXAMPLES = [
    sources.Silence(),
    sources.Words(["ABCD", "E_F"], np.array([[0.25, 0.75], [1, 0]]), wait_min=2, wait_var=np.int64(3)),
    sources.Words("ABC DEF", [0.5, 0.5]),
    sources.Counting(n=3, pools="overlapping", pool_size=4, gain=0.5, seed=2**64 - 1),
    sources.Grammar("FDT", without=["man eats meat."], pool_size=2),
    sources.Grammar(rules={"s": [("a<b>", 0.25), ("c", 0.75)], "b": ["x", "y"]}),
    sources.RandomSymbols(7, onset=20, end=4000),
    sources.RandomSymbols("xyz"),
    sources.RandomSequence(12, 5),
    sources.Text('a "quoted" text_\\ é', pools="overlapping"),
    sources.Several(sources.Counting(2), sources.Silence(3), turns=[4, 1], wait_min=1),
    sources.Several(sources.Text("ab"), sources.Words("C D"), order="mixed", probabilities=(0.25, 0.75)),
    sources.Words("AX CX", alphabet="ABXC", pools="random_disjoint", mixtures={"C": {"A": 1, "B": 2}}),
]


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda source: type(source).__name__)
def test_a_source_is_a_value(source):
    copy = pickle.loads(pickle.dumps(source))
    assert copy == source
    assert hash(copy) == hash(source)
    assert type(copy) is type(source)
    assert sources.Source.from_dict(source.to_dict()) == source
    assert sources.Source.from_text(source.text) == source
    assert json.loads(source.text)["source"] == source.to_dict()["source"]
    assert source.replace(gain=0.125) != source
    assert source.replace(gain=0.125).replace(gain=source.to_dict().get("gain")) == source
    assert repr(source).startswith(f"{type(source).__name__}(")


def test_every_kind_has_a_class():
    kinds = {row["name"]: set(row["keys"]) for row in sorn._core.sources()}
    assert {source.to_dict()["source"] for source in EXAMPLES} == set(kinds)
    assert set(sources.__all__) - {"ClosedLoop", "Custom", "Source", "Trials"} == {
        "".join(part.capitalize() for part in kind.split("_")) for kind in kinds
    }


@pytest.mark.parametrize("source", EXAMPLES, ids=lambda source: type(source).__name__)
def test_a_run_equals_that_with_the_array_of_all_drives(source):
    source = source.replace(pool_size=2)
    options = {"seed": 5, "h_ip": 0.1, **SMALL}
    steps = 150
    state, *by_source = Simulator.simulate_sorn(source, time_steps=steps, nu=2, **options)
    drive = source.drive(steps, 60, seed=5)
    assert drive.shape == (60, steps)
    array_state, *by_array = Simulator.simulate_sorn(drive, **options)
    for mine, theirs in zip(by_source, by_array, strict=True):
        assert (mine == theirs).all()
    assert (state["Wee"] == array_state["Wee"]).all()
    assert (state["Te"] == array_state["Te"]).all()
    shown = Network(nu=2, **options).run(source, steps, record=["symbol"])["symbol"]
    assert (shown == source.symbols(steps, seed=5)).all()
    assert (drive.any(axis=0) == (shown >= 0)).all()


def test_symbols_are_those_of_the_alphabet():
    source = sources.Words(["ABC", "_DA"], wait_min=1, seed=3)
    assert source.alphabet == ("A", "B", "C", "D")
    assert set(source.show(40).split("_")) <= {"ABC", "DA", ""}
    assert sources.Words("ABC", alphabet="CBAX").alphabet == ("C", "B", "A", "X")
    assert (sources.Words("ABC", alphabet="CBAX").symbols(4) == [2, 1, 0, 2]).all()
    assert (sources.Text("ABC").symbols(4, first_step=2) == [2, 0, 1, 2]).all()


def test_pools_of_each_kind():
    counting = sources.Counting(pool_size=5, seed=1)
    assert (counting.pools_of(100) == np.arange(30).reshape(6, 5)).all()
    random = counting.replace(pools="random_disjoint").pools_of(100)
    assert random.shape == (6, 5)
    assert len(np.unique(random)) == 30
    assert random.max() > 30
    overlapping = counting.replace(pools="overlapping").pools_of(12)
    assert len(np.unique(overlapping)) < 30
    assert all(len(np.unique(pool)) == 5 for pool in overlapping)
    assert sources.Counting().pools_of(100, nu=3).shape == (6, 3)
    assert sources.Silence().pools_of(100).shape == (0, 10)


def test_a_mixture_drives_some_units_of_other_pools_anew_each_time():
    plain = sources.Words("AX BX", pools="random_disjoint", pool_size=5, seed=4)
    mixed = plain.replace(words=["AX", "BX", "CX"], mixtures={"C": {"A": 2, "B": 3}})
    a, b, c, x = mixed.pools_of(60)
    assert (plain.pools_of(60) == [a, b, x]).all()
    assert (c == -1).all()
    drive = mixed.drive(3000, 60) > 0
    cues = drive[:, mixed.symbols(3000) == 2]
    assert cues.shape[1] > 300
    assert (cues[a].sum(axis=0) == 2).all()
    assert (cues[b].sum(axis=0) == 3).all()
    assert (cues.sum(axis=0) == 5).all()
    assert len(np.unique(cues, axis=1).T) == 10 * 10, "every subset comes"
    assert cues[a].mean(axis=1) == pytest.approx(0.4, abs=0.1)
    assert (mixed.drive(40, 60, first_step=25) == mixed.drive(65, 60)[:, 25:]).all()


@pytest.mark.parametrize(
    ("mixtures", "message"),
    [
        ({"C": {"A": 6}}, r"mixtures\.C\.A = 6"),
        ({"C": {"Z": 1}}, r"mixtures\.C = 'Z'"),
        ({"C": {"A": 1}, "A": {"X": 1}}, "not a mixture"),
        ({"C": 3}, "must be a table"),
        ({"C": {"A": 0.5}}, "whole number"),
        (3, "must be a table"),
    ],
)
def test_wrong_mixtures_are_refused(mixtures, message):
    with pytest.raises(sorn.ParameterError, match=message):
        sources.Words("AX CX", pool_size=5, mixtures=mixtures)
    with pytest.raises(sorn.ParameterError, match="only the whole source has it"):
        sources.Several(sources.Words("AX", mixtures={"A": {"X": 1}}))


def test_nu_follows_the_size_of_the_pools():
    counting = sources.Counting(pool_size=3)
    state, *_ = Simulator.simulate_sorn(counting, time_steps=5, seed=1, **SMALL)
    assert state.parameters.nu == 3
    assert state.parameters.h_ip == pytest.approx(2 * 3 / 60)
    state, *_ = Simulator.simulate_sorn(counting, time_steps=5, seed=1, nu=7, **SMALL)
    assert state.parameters.nu == 7
    state, *_ = Simulator.simulate_sorn(sources.Counting(), time_steps=5, seed=1, nu=4, **SMALL)
    assert (state.parameters.nu, sources.Counting().pools_of(60, nu=4).shape) == (4, (6, 4))


def test_runs_go_on_where_the_last_one_ended():
    counting = sources.Counting(n=2, pool_size=4)
    whole = Network(seed=3, nu=4, **SMALL)
    all_symbols = whole.run(counting, 100, record=["symbol"])["symbol"]
    network = Network(seed=3, nu=4, **SMALL)
    parts = [network.run(counting, steps, record=["symbol"])["symbol"] for steps in (30, 70)]
    assert (np.concatenate(parts) == all_symbols).all()
    assert network == whole
    state, *_ = Simulator.simulate_sorn(counting, time_steps=30, seed=3, nu=4, **SMALL)
    state, recordings = Trainer.run(counting, state=state, timesteps=70, record=["symbol"])
    assert (recordings["symbol"] == all_symbols[30:]).all()


class Stop(Exception):
    pass


def broken_off(source, path, **options):
    """A run that ends at its first look at the clock, cut back to its first checkpoint."""

    def stop(done, total):
        raise Stop

    with pytest.raises(Stop):
        Simulator.run(source, timesteps=2_000_000, out=path, checkpoint_every=2_000_000, progress=stop, **options)
    for other in path.parent.glob("run.h5.checkpoint-*"):
        if not other.name.endswith("checkpoint-0"):
            other.unlink()


def test_a_file_holds_the_source_and_can_be_resumed_with_it_alone(tmp_path):
    source = sources.Counting(n=3, pools="overlapping", pool_size=4, wait_min=1, wait_var=3)
    path = tmp_path / "run.h5"
    options = {"seed": 2, "record": ["E", "symbol"], **SMALL}
    _, reference = Simulator.run(source, timesteps=400, out=tmp_path / "whole.h5", **options)
    broken_off(source, path, **options)
    with pytest.raises(sorn.ParameterError, match="the checkpoint holds the source"):
        sorn.resume(path, source)
    network, file = sorn.resume(path, time_steps=400)
    assert network.step_count == 400
    assert (file["E"][:] == reference["E"][:]).all()
    assert (file["symbol"][:] == source.symbols(400, seed=2)).all()
    assert file.run["inputs"] == "counting"
    assert sources.Source.from_text(file.run["source"]) == source
    assert file.provenance.inputs == "counting"


def test_a_saved_network_keeps_the_source_of_its_recordings(tmp_path):
    network = Network(seed=1, nu=4, **SMALL)
    recordings = network.run(sources.Text("Ab"), 20, record=["symbol"])
    network.save(tmp_path / "a.h5", recordings)
    with sorn.open(tmp_path / "a.h5") as file:
        assert sources.Source.from_text(file.run["source"]) == sources.Text("Ab")


def test_ensembles_and_sweeps_take_sources():
    counting = sources.Counting(n=2, pool_size=4)
    ensemble = sorn.ensemble(3, counting, 80, seed=1, record=["symbol", "E"], **SMALL)
    assert ensemble[0].network.parameters.nu == 4
    for replica in ensemble:
        assert (replica.recordings["symbol"] == counting.symbols(80, seed=replica.seed)).all()
        single = Network(seed=replica.seed, nu=4, **SMALL)
        assert (single.run(counting, 80, record=["E"])["E"] == replica.recordings["E"]).all()
    own = sorn.ensemble(2, counting.replace(seed=7), 80, seed=1, record=["symbol"], **SMALL)
    assert (own[0].recordings["symbol"] == own[1].recordings["symbol"]).all()

    design = {
        "parameters": SMALL,
        "run": {"steps": 80, "seed": 1},
        "input": counting,
        "sweep": {"statistics": ["ee_synapses", "mean_rate"], "grid": {"eta_stdp": [0.001, 0.01]}},
    }
    table = sorn.sweep(design)
    run = sorn.Sweep(design).runs[1]
    network = Network(run.parameters, seed=run.seed)
    spikes = network.run(counting, 80, noise=run.noise, record=["E"])["E"]
    assert run.parameters.nu == 4
    assert table["mean_rate"][1] == spikes.mean()
    grammar = sources.Grammar(rules={"s": [("a<b>", 0.25), ("c", 0.75)], "b": ["x", "y"]}, pool_size=3)
    assert len(sorn.Sweep({**design, "input": grammar})) == 2
    assert len(sorn.Sweep({**design, "input": grammar.to_dict()})) == 2


# --- sources of a user


def test_a_function_shows_symbols():
    word = [0, 1, 1, 2, None, -1]
    own = sources.Custom(lambda step: word[step % 6], alphabet="ABC", pools="overlapping", pool_size=4, seed=1)
    same = sources.Text("ABBC__", pools="overlapping", pool_size=4, seed=1)
    record = ["E", "R", "symbol"]
    expected = Network(seed=3, nu=4, **SMALL).run(same, 90, record=record)
    network = Network(seed=3, nu=4, **SMALL)
    parts = [network.run(own, steps, record=record) for steps in (40, 50)]
    for name in record:
        assert (np.concatenate([part[name] for part in parts]) == expected[name]).all()


def test_a_function_or_an_iterator_shows_drives():
    drive = np.random.default_rng(1).uniform(-0.5, 1.5, (50, 7))
    options = {"seed": 3, "h_ip": 0.1, **SMALL}
    expected = Simulator.simulate_sorn(drive.T, **options)
    for own in (lambda step: drive[step], iter(drive), (list(row) for row in drive), sources.Custom(iter(drive))):
        state, *activities = Simulator.simulate_sorn(own, time_steps=50, nu=7, **options)
        for mine, theirs in zip(activities, expected[1:], strict=True):
            assert (mine == theirs).all()
        assert (state["Wee"] == expected[0]["Wee"]).all()


def test_an_error_of_a_function_ends_the_run():
    network = Network(seed=1, **SMALL)

    def broken(step):
        if step == 5:
            raise ZeroDivisionError("five")

    with pytest.raises(ZeroDivisionError, match="five"):
        network.run(broken, 10)
    assert network.step_count == 0  # the network stays as it was before


@pytest.mark.parametrize(
    ("shown", "message"),
    [
        (3, "symbol 3 in step 2: must be in [0, 2]"),
        (-2, "symbol -2 in step 2"),
        ("A", "a value of type str in step 2"),
        (np.zeros((2, 2)), "a value of type ndarray in step 2"),
        (np.zeros(61), "61 values in step 2: must be at most ne = 60"),
        ([0.0, np.nan], "drives unit 1 with nan in step 2"),
        ([0.0, "x"], "a value of type list in step 2"),
    ],
)
def test_what_a_function_may_not_show(shown, message):
    own = sources.Custom(lambda step: shown if step == 2 else None, alphabet="ABC", pool_size=4)
    with pytest.raises(sorn.SornError, match=re.escape(message)):
        Network(seed=1, **SMALL).run(own, 10)


def test_an_iterator_must_last_as_long_as_the_run():
    with pytest.raises(sorn.ParameterError, match="nothing for step 3"):
        Network(seed=1, **SMALL).run(iter([None] * 3), 4)


def test_a_function_can_be_resumed(tmp_path):
    own = sources.Custom(lambda step: step % 3, alphabet="ABC", pool_size=4)
    options = {"seed": 2, "record": ["E", "symbol"], **SMALL}
    _, reference = Simulator.run(own, timesteps=300, out=tmp_path / "whole.h5", **options)

    path = tmp_path / "run.h5"
    broken_off(own, path, **options)
    with pytest.raises(sorn.ParameterError, match="inputs from 'own source'"):
        sorn.resume(path)
    with pytest.raises(sorn.ParameterError, match="must be a function of the step"):
        sorn.resume(path, iter([0] * 300))
    _, file = sorn.resume(path, own, time_steps=300)
    assert (file["E"][:] == reference["E"][:]).all()
    assert file.run["inputs"] == "own source"


def test_ensembles_refuse_own_sources():
    with pytest.raises(sorn.ParameterError, match="a source of your own in an ensemble"):
        sorn.ensemble(2, lambda step: None, 5, seed=1, **SMALL)


# --- errors


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sources.Counting(m=4), "Counting() has no argument 'm'"),
        (lambda: sources.Counting(pool_sise=4), "did you mean 'pool_size'?"),
        (lambda: sources.Counting(n=0), "n = 0: must be a whole number in [1, 1000000]"),
        (lambda: sources.Counting(n=2.5), "n = 2.5"),
        (lambda: sources.Counting(gain=float("nan")), "gain = nan"),
        (lambda: sources.Counting(pools="disjont"), "did you mean 'disjoint'?"),
        (lambda: sources.Words(["A", ""]), "words[1] is empty"),
        (lambda: sources.Words("A B", [0.5, 0.6]), "must sum to 1"),
        (lambda: sources.Words("A B", [[0.5, 0.5]] * 3), "probabilities has 3 rows"),
        (lambda: sources.Words("AB", alphabet="A"), "the symbol 'B'"),
        (lambda: sources.Words(3), "words = 3"),
        (lambda: sources.Words(object()), "words is of type object"),
        (lambda: sources.RandomSequence(5, 10), "length = 5"),
        (lambda: sources.Several(sources.Counting(pool_size=3)), "parts[0] has pool_size"),
        (lambda: sources.Several("ABC"), "parts[0] is of type str"),
        (lambda: sources.Grammar("FDT", without="no sentence"), "must be a sentence of the grammar"),
        (lambda: sources.Source.from_text("countin:n=4"), "did you mean 'counting'?"),
        (lambda: sources.Source.from_dict({"n": 4}), "no key 'source'"),
        (lambda: sources.Custom([1, 2]), "must be a function of the step, or an iterator"),
        (lambda: sources.Custom(iter([]), pool=3), "Custom() has no argument 'pool'"),
        (lambda: sources.Text("ABC", False).symbols(4), "the source ends before step 3"),
        (lambda: sources.Counting().pools_of(59), "6 disjoint pools of 10 units"),
    ],
)
def test_errors_name_the_value_and_the_rule(make, message):
    with pytest.raises(sorn.ParameterError, match=re.escape(message)):
        make()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n: n.run(sources.Counting(pool_size=3)), "time_steps is missing"),
        (lambda n: n.run(sources.Counting, 10), "make one: Counting(...)"),
        (lambda n: n.run(sources.Text("ABC", False), 10), "ends before step 3"),
        (lambda n: n.run(sources.Counting(pool_size=11), 10), "6 disjoint pools of 11 units"),
    ],
)
def test_errors_of_runs(call, message):
    network = Network(seed=1, nu=4, **SMALL)
    with pytest.raises(sorn.ParameterError, match=re.escape(message)):
        call(network)
    assert network.step_count == 0


# --- the page and its example


def blocks(language):
    page = (REPOSITORY / "docs" / "sources.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_the_python_of_the_page_runs(capsys):
    names = {}
    for block in blocks("python"):
        exec(block, names)
    assert names["network"].step_count == 1100
    first = capsys.readouterr().out.splitlines()[0]
    assert first.split()[0] == names["words"].show(12, seed=1)


def test_the_toml_of_the_page_describes_sources():
    tomllib = pytest.importorskip("tomllib")
    tables = [tomllib.loads(block)["input"] for block in blocks("toml")]
    made = [sources.Source.from_dict(table) for table in tables]
    names = {}
    for block in blocks("python"):
        exec(block, names)
    assert names["words"] in made
    assert names["two"].show(60) in [source.show(60) for source in made]
    assert len(made) == 4


def test_a_network_learns_to_count():
    example = runpy.run_path(str(REPOSITORY / "examples" / "counting.py"))
    assert example["last_letters"](4, 1, plastic=True) > 0.99
    assert example["last_letters"](14, 1, plastic=False) < 0.7
