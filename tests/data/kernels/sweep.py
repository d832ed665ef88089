import numpy as np


def nearest(points):
    """Sort by one coordinate and look ever further along it, until nothing nearer can come."""
    axis = int(np.argmax(np.ptp(points, axis=0)))
    order = np.argsort(points[:, axis], kind="stable")
    along, across = points[order, axis], points[order, 1 - axis]
    best = np.full(len(points), np.inf)
    for step in range(1, len(points)):
        gap = along[step:] - along[:-step]
        gap *= gap
        squares = across[step:] - across[:-step]
        squares *= squares
        squares += gap
        np.minimum(best[step:], squares, out=best[step:])
        np.minimum(best[:-step], squares, out=best[:-step])
        if not (gap < np.maximum(best[step:], best[:-step])).any():
            break
    distances = np.empty(len(points))
    distances[order] = np.sqrt(best)
    return distances
