"""A rule with three factors (Izhikevich 2007; Frémaux and Gerstner 2016): the reward acts on a trace of eligibility."""

import sorn


# rule: begin
@sorn.rule(changes=["WEE"], memory="pairs", signals=["reward"])
def three_factor(s, eta=0.05, decay=0.9, low=1e-4):
    reward = s.signal("reward")
    memory = s.memory  # a trace for each pair of units
    for post in s.units:
        pre = s.wee.pre_of(post)
        w = s.wee.weights_of(post)
        new = w.copy()
        trace = memory[post - s.units.start]
        for k in range(len(pre)):
            trace[pre[k]] = decay * trace[pre[k]] + s.x[pre[k]] * s.next_x[post]
            new[k] = max(w[k] + eta * reward * trace[pre[k]], low)
        s.wee.set_weights(post, new)


# rule: end
