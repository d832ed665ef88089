"""Archives that keep every valid candidate: the tree and the clusters."""

import numpy as np
import pytest

from evoengine import selection
from evoengine.archives import ClusterArchive, TreeArchive
from evoengine.rng import stream
from evoengine.testing.archives import ArchiveContract, insert, scored, state
from evoengine.types import Verdict


class TestTreeContract(ArchiveContract):
    def make(self):
        return TreeArchive()


class TestClustersContract(ArchiveContract):
    def make(self):
        return ClusterArchive()


class TestClustersByCasesContract(ArchiveContract):
    def make(self):
        return ClusterArchive(["easy", "hard"])

    def known(self, number, fitness, status="ok"):
        return scored(number, fitness, status=status, cases={"easy": number % 3, "hard": number % 2})


def ids(archive):
    return [known.candidate.id for known in archive]


def test_a_tree_keeps_what_works_and_says_what_raised_the_best():
    tree = TreeArchive()
    verdicts = [insert(tree, scored(i, value)) for i, value in enumerate([2.0, 1.0, 3.5, 3.5])]
    assert verdicts == [Verdict("new"), Verdict("new"), Verdict("improved", 1.5), Verdict("new")]
    assert ids(tree) == ["0-0", "1-0", "2-0", "3-0"]
    assert tree.stats() == {"num_elites": 4, "best": 3.5, "mean": 2.5}


def test_valid_children_are_counted_for_each_parent_copies_included():
    tree = TreeArchive()
    insert(tree, scored(0, 1.0))
    insert(tree, scored(1, 1.0, parents=("0-0",), text="same"))
    insert(tree, scored(2, 1.0, parents=("0-0", "1-0"), text="same"))
    insert(tree, scored(3, None, status="crash", parents=("0-0",)))
    insert(tree, scored(4, 2.0, parents=("0-0",), text="same", repeats=3))
    assert dict(tree.children) == {"0-0": 2, "1-0": 1}


def test_a_re_evaluation_replaces_the_evaluation_in_its_place():
    tree = TreeArchive()
    for known in (scored(0, 9.0, text="lucky"), scored(1, 4.0), scored(2, 5.0)):
        insert(tree, known)
    assert insert(tree, scored(3, 3.0, text="lucky", repeats=2)) == Verdict("rejected")
    assert ids(tree) == ["0-0", "1-0", "2-0"]
    assert tree.elites()[0].evaluation.fitness == 3.0
    assert tree.best().candidate.id == "2-0"
    assert insert(tree, scored(4, 6.0, text="lucky", repeats=9)) == Verdict("improved", 3.0)
    assert tree.best().candidate.id == "0-0"
    assert insert(tree, scored(5, 7.0, text="lucky", repeats=9)) == Verdict("duplicate")


def test_clusters_hold_equal_scores_in_order_of_their_first_member():
    archive = ClusterArchive(["easy", "hard"])
    for number, (easy, hard) in enumerate([(1.0, 0.0), (0.0, 1.0), (1.0, 0.0)]):
        known = scored(number, easy + hard, text="x" * (number + 1), cases={"easy": easy, "hard": hard})
        assert insert(archive, known) == Verdict("new")
    assert [ids(cluster.members) for cluster in archive.clusters] == [["0-0", "2-0"], ["1-0"]]
    first = archive.clusters[0]
    assert (list(first.lengths), first.shortest, first.longest) == ([1, 3], 1, 3)
    assert archive.scores.tolist() == [1.0, 1.0]
    chosen = selection.cluster_softmax(archive.clusters, archive.scores, 0.1, stream(0, 0, "ask"))
    assert chosen in list(archive)


def test_without_cases_the_fitness_tells_clusters_apart():
    archive = ClusterArchive()
    for number, fitness in enumerate([1.0, 2.0, 1.0]):
        insert(archive, scored(number, fitness))
    assert [ids(cluster.members) for cluster in archive.clusters] == [["0-0", "2-0"], ["1-0"]]
    assert np.array_equal(archive.scores, [1.0, 2.0])


def test_a_re_evaluation_moves_a_candidate_to_its_cluster():
    archive = ClusterArchive()
    for number, fitness in enumerate([1.0, 2.0]):
        insert(archive, scored(number, fitness, text=f"{number}"))
    assert insert(archive, scored(2, 1.0, text="1", repeats=2)) == Verdict("rejected")
    assert [ids(cluster.members) for cluster in archive.clusters] == [["0-0", "1-0"]]
    assert archive.scores.tolist() == [1.0]


def test_a_candidate_without_the_scores_is_refused_and_changes_nothing():
    archive = ClusterArchive(["easy"])
    insert(archive, scored(0, 1.0, cases={"easy": 1.0}))
    before = state(archive)
    with pytest.raises(ValueError, match="'1-0' has no finite score on the case 'easy'"):
        insert(archive, scored(1, 1.0))
    assert state(archive) == before
    assert len(archive.clusters) == 1
