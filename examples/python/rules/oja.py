"""Oja's rule (1982): Hebbian growth with a decay that keeps the sum of the squares of a unit's weights at 1."""

import sorn


# rule: begin
@sorn.rule(changes=["WEE"])
def oja(s, eta=0.01, low=1e-6):
    for post in s.units:
        pre = s.wee.pre_of(post)
        w = s.wee.weights_of(post)
        y = 0.0  # the drive of the unit, as its graded activity
        for k in range(len(pre)):
            y += w[k] * s.x[pre[k]]
        new = w.copy()
        for k in range(len(pre)):
            new[k] = max(w[k] + eta * y * (s.x[pre[k]] - y * w[k]), low)
        s.wee.set_weights(post, new)


# rule: end
