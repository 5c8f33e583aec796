"""The committed random shapes are those of their seed."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import random_shapes  # noqa: E402


class RandomShapes(unittest.TestCase):
    def test_the_committed_files_are_of_the_seed(self):
        committed = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "configs/random").iterdir()}
        self.assertEqual(committed, random_shapes.configurations(random_shapes.SEED))

    def test_another_seed_draws_others(self):
        self.assertNotEqual(random_shapes.configurations(1), random_shapes.configurations(2))


if __name__ == "__main__":
    unittest.main()
