"""A network organises itself for 5,000 steps of random input, then reads one more input with its rules frozen."""

import numpy as np

from sorn import Simulator, Trainer

inputs = np.random.default_rng(1).random((10, 5000))  # 10 input units, 5,000 steps
state_dict, E, I, R, C = Simulator.simulate_sorn(inputs, phase="plasticity", noise=True, seed=42)
print(f"mean activity {E.mean():.3f}, connections {C[0]} -> {C[-1]}, last weights {state_dict['Wee'].shape}")

state_dict, E, I, R, C = Trainer.train_sorn(inputs[:, :1], phase="training", matrices=state_dict, noise=False)
print(f"{int(E.sum())} of {E.shape[1]} excitatory units fired at step {state_dict.step}")
