"""The stress test's work in plain NumPy, for the comparison of `cargo xtask stress --bench`.

Prints one JSON object: seconds, on the clock and of all processors, for the paths with the screening
of every member at every step, and for the attribution of expected shortfall, with the amount
attributed.
"""

import json
import sys
import time

import numpy as np

STEPS = 288
STEP_YEARS = 300.0 / 31_557_600.0
BATCH = 50


def simulate(given):
    """Paths of a day, and for every path the members that fall below maintenance margin.

    Steps are drawn as a Gaussian copula with a common chi squared and compound Poisson jumps, which
    NumPy has; the defaults themselves are not followed, so this is less work than the Rust side does.
    """
    fund, processes = given["fund"], given["processes"]
    value = np.array(fund["members"]["value"])
    margin = np.array(fund["members"]["margin"])
    rate = np.array([market["maintenance"] for market in fund["markets"]])
    root = np.linalg.cholesky(np.array(given["copula"]["correlation"]))
    nu = given["copula"]["nu"]
    random = np.random.default_rng(1)
    requirement = np.abs(value) * rate[:, None]
    below = 0
    for _ in range(0, given["paths"], BATCH):
        normals = random.standard_normal((BATCH, STEPS, len(rate))) @ root.T
        scale = np.sqrt(nu / random.chisquare(nu, (BATCH, STEPS, 1)))
        returns = np.empty_like(normals)
        for market, process in enumerate(processes):
            sigma = process["sigma"] * np.sqrt(STEP_YEARS)
            jumps = random.poisson(process["lambda"] * STEP_YEARS, (BATCH, STEPS))
            size = process["jump_mean"] * jumps
            size += process["jump_deviation"] * np.sqrt(jumps) * random.standard_normal((BATCH, STEPS))
            returns[:, :, market] = sigma * (normals * scale)[:, :, market] + size
        prices = np.exp(np.cumsum(returns, axis=1))
        for path in prices:
            excess = margin + (path - 1.0) @ value - path @ requirement
            below += int((excess < 0.0).any(axis=0).sum())
    return below


def attribute(given):
    """Members' and sides' parts of expected shortfall, as crates/stress/src/attribution.rs."""
    fund, scenarios = given["attributed"], np.array(given["scenarios"])
    value = np.array(fund["members"]["value"])
    margin = np.array(fund["members"]["margin"])
    own = np.zeros(len(margin))
    fails = np.zeros(len(margin))
    sums = np.zeros(value.shape)
    net = np.zeros(value.shape)
    weight = 1.0 / len(scenarios)
    for moves in scenarios:
        losses = -value * moves[:, None]
        beyond = losses.sum(axis=0) - margin
        failed = beyond > 0.0
        own += weight * np.maximum(beyond, 0.0)
        fails += weight * failed
        sums += weight * losses * failed
        losing = np.maximum(losses, 0.0)
        net += weight * np.where(failed, beyond, 0.0) * losing / np.maximum(losing.sum(axis=0), 1e-300)
    sides = [(part[column > 0.0].sum(), part[column < 0.0].sum()) for part, column in zip(net, value)]
    assert abs(np.sum(sides) / own.sum() - 1.0) < 1e-9
    return float(own.sum())


def timed(work, given):
    """The result of the work, and the seconds that it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work(given)
    return result, {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    below, simulation = timed(simulate, given)
    assert below > 0
    shortfall, attribution = timed(attribute, given)
    found = {"numpy": np.__version__, "simulation": simulation, "attribution": attribution}
    json.dump({**found, "shortfall": shortfall}, sys.stdout)


main()
