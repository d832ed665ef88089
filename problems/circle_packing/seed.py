"""Pack circles into the unit square."""

# EVOLVE-BLOCK-START
import math


def place_centers(circles):
    """Give the centres (x, y): one in the middle, a ring of 8, a ring of 16, the rest in a corner."""
    centers = [(0.5, 0.5)]
    for count, distance, margin in ((8, 0.3, 0.01), (16, 0.7, 0.01)):
        for i in range(count):
            angle = 2 * math.pi * i / count
            x = 0.5 + distance * math.cos(angle)
            y = 0.5 + distance * math.sin(angle)
            centers.append((min(max(x, margin), 1 - margin), min(max(y, margin), 1 - margin)))
    while len(centers) < circles:
        centers.append((0.01, 0.01))
    return centers[:circles]


def choose_radii(centers):
    """Give each circle the room up to the walls, then shrink pairs that overlap."""
    radii = [min(x, y, 1 - x, 1 - y) for x, y in centers]
    for i in range(len(centers)):
        for j in range(i + 1, len(centers)):
            distance = math.dist(centers[i], centers[j])
            if radii[i] + radii[j] > distance:
                scale = distance / (radii[i] + radii[j])
                radii[i] *= scale
                radii[j] *= scale
    return radii


# EVOLVE-BLOCK-END


def pack(circles):
    """Give one row (x, y, radius) a circle."""
    centers = place_centers(circles)
    radii = choose_radii(centers)
    return [[x, y, r] for (x, y), r in zip(centers, radii)]
