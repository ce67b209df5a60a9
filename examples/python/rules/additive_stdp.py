"""Additive STDP (Song, Miller and Abbott 2000): a weight changes by steps of a constant size, between two bounds."""

import sorn


# rule: begin
@sorn.rule(changes=["WEE"])
def additive_stdp(s, plus=0.01, minus=0.0105, low=0.001, high=0.2):
    for post in s.units:
        pre = s.wee.pre_of(post)
        w = s.wee.weights_of(post)
        new = w.copy()
        for k in range(len(pre)):
            change = plus * (s.x[pre[k]] * s.next_x[post]) - minus * (s.next_x[pre[k]] * s.x[post])
            new[k] = min(max(w[k] + change, low), high)
        s.wee.set_weights(post, new)


# rule: end
