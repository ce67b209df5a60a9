"""Homeostatic inhibitory plasticity (Vogels and others 2011): inhibition brings each unit to a target rate."""

import sorn


# rule: begin
@sorn.rule(changes=["WEI"], memory=1)
def vogels(s, eta=0.01, rate=0.1, decay=0.95, low=1e-4):
    memory = s.memory  # a trace of each unit's rate
    for post in s.units:
        trace = decay * memory[post - s.units.start, 0] + (1.0 - decay) * s.next_x[post]
        memory[post - s.units.start, 0] = trace
        pre = s.wei.pre_of(post)
        w = s.wei.weights_of(post)
        new = w.copy()
        for k in range(len(pre)):
            new[k] = max(w[k] + eta * s.y[pre[k]] * (trace - rate), low)
        s.wei.set_weights(post, new)


# rule: end
