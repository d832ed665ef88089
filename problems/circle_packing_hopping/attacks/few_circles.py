# tries: to improve a packing by leaving circles out
# expect: invalid

def generate(circles, seed):
    return [[0.5, 0.5, 0.0] for _ in range(circles)]


def improve(packing):
    return [[0.5, 0.5, 0.5]]


def perturb(packing, intensity, seed):
    return packing
