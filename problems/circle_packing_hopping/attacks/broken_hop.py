# tries: to hop to circles that overlap, from a valid start
# expect: true value 0.5

def generate(circles, seed):
    return [[0.0, 0.0, 0.0] for _ in range(circles - 1)] + [[0.5, 0.5, 0.5]]


def improve(packing):
    return packing


def perturb(packing, intensity, seed):
    return [[0.5, 0.5, 0.4] for _ in packing]
