"""What queues do by formula: the checks of the engine, and of anybody who doubts it.

`load` is arrivals a second times mean service seconds (erlangs).
"""

from math import exp


def erlang_b(servers: int, load: float) -> float:
    """The share that is turned away when nobody may wait (M/G/c/c), by the stable recursion."""
    found = 1.0
    for n in range(1, servers + 1):
        found = load * found / (n + load * found)
    return found


def erlang_c(servers: int, load: float) -> float:
    """The share that has to wait (M/M/c); 1 when more comes than can be done."""
    if load >= servers:
        return 1.0
    turned_away = erlang_b(servers, load)
    return turned_away / (1 - load / servers * (1 - turned_away))


def mmc_wait(servers: int, arrivals: float, service: float) -> float:
    """Mean seconds before work begins; `arrivals` a second, `service` mean seconds."""
    load = arrivals * service
    return erlang_c(servers, load) * service / (servers - load)


def mmc_waits_over(servers: int, arrivals: float, service: float, seconds: float) -> float:
    """The share that waits longer than `seconds`."""
    load = arrivals * service
    return erlang_c(servers, load) * exp(-(servers - load) * seconds / service)


def mg1_wait(arrivals: float, mean: float, second_moment: float) -> float:
    """Mean wait with one server and any service times (Pollaczek and Khinchine)."""
    return arrivals * second_moment / (2 * (1 - arrivals * mean))
