"""Where a fit begins that follows another: at its weights, but for hidden units that are dead.

Lambdas go up. Going down, a network begins where a stronger penalty has left it: with units that
are zero or equal to one another, which is a saddle that no later fit leaves (no weights at all:
the same log-loss for every lambda). Going up, units die and become one as the penalty asks.
"""

from skdigits.network import unpack

# A unit is dead if it moves no score, a logarithm of odds, by as much as this between two rows:
# then no row's odds change by more than 1%.
DEAD = 0.01


def successor(theta, cold, effects, layout):
    """(where the next fit begins, whether that is at theta at all).

    theta is where the fit before ended, cold a start of the next fit's own, effects
    (hidden_units,) what `stack_unit_effects` says of theta. A dead unit has no gradient that would
    revive it, if all its weights are zero or if it is relu and below zero on all rows: it gets
    its weights of the cold start. Where all are dead the cold start is taken as it is.
    """
    dead = effects < DEAD
    if dead.all():
        return cold, False
    theta = theta.copy()
    (W1, b1, W2, _), (V1, c1, V2, _) = unpack(theta, layout), unpack(cold, layout)
    W1[dead], b1[dead], W2[:, dead] = V1[dead], c1[dead], V2[:, dead]
    return theta, True
