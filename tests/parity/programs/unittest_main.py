import unittest

value = 3


class Test(unittest.TestCase):
    def test_one(self):
        self.assertLess(value, 10)

    def test_two(self):
        self.assertEqual(value, 0, "expected")


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromName("__main__")
    result = suite.run(unittest.TestResult())
    print(result, [text for _, text in result.failures])
