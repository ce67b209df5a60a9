"""Multiplicative STDP (van Rossum, Bi and Turrigiano 2000; Gütig and others 2003): steps depend on the weight."""

import sorn


# rule: begin
@sorn.rule(changes=["WEE"])
def multiplicative_stdp(s, eta=0.05, alpha=1.5, high=0.2):
    for post in s.units:
        pre = s.wee.pre_of(post)
        w = s.wee.weights_of(post)
        new = w.copy()
        for k in range(len(pre)):
            up = (high - w[k]) * (s.x[pre[k]] * s.next_x[post])
            down = alpha * w[k] * (s.next_x[pre[k]] * s.x[post])
            new[k] = w[k] + eta * (up - down)
        s.wee.set_weights(post, new)


# rule: end
