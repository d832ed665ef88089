"""A walker: joints and the muscles between them."""


class Creature:
    """Collects joints and muscles."""

    def __init__(self):
        self.joints = []
        self.muscles = []

    def add_joint(self, x, y):
        """Add a joint at a place in metres; give its number."""
        self.joints.append([x, y])
        return len(self.joints) - 1

    def add_muscle(self, i, j, amplitude=0.0, phase=0.0):
        """Connect two joints; without an amplitude the muscle is a bone."""
        self.muscles.append([i, j, amplitude, phase])


# EVOLVE-BLOCK-START
def build(creature):
    """Build a square with a joint in its middle; two of its muscles move, a quarter of a cycle apart."""
    corners = [creature.add_joint(x, y) for x, y in ((0.0, 0.0), (2.0, 0.0), (0.0, 2.0), (2.0, 2.0))]
    middle = creature.add_joint(1.0, 1.0)
    creature.add_muscle(corners[0], corners[1], 0.3, 0.0)
    creature.add_muscle(corners[0], corners[3], 0.3, 0.25)
    for i, j in ((0, 2), (1, 2), (1, 3), (2, 3)):
        creature.add_muscle(corners[i], corners[j])
    for corner in corners:
        creature.add_muscle(corner, middle)


# EVOLVE-BLOCK-END


def walker():
    """Give the walker's joints and muscles."""
    creature = Creature()
    build(creature)
    return {"joints": creature.joints, "muscles": creature.muscles}
