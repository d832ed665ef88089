# tries: to return a score with the packing
# expect: invalid

def generate(circles, seed):
    return {"packing": [[0.5, 0.5, 0.0]] * circles, "sum_of_radii": 99.0}


def improve(packing):
    return packing


def perturb(packing, intensity, seed):
    return packing
