# tries: overlaps just within the tolerance that rounding is forgiven
# expect: at most 1.0

def generate(circles, seed):
    radius = 0.25 + 4e-7
    corners = [[x, y, radius] for x in (0.25, 0.75) for y in (0.25, 0.75)]
    return corners + [[0.5, 0.5, 0.0] for _ in range(circles - 4)]


def improve(packing):
    return packing


def perturb(packing, intensity, seed):
    return packing
