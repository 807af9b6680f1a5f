import unittest, sys
value = 3
class T(unittest.TestCase):
    def test_a(self): self.assertEqual(value, value)
    def test_b(self): self.assertEqual(1, 2, "msg")
    @unittest.skip("why")
    def test_c(self): pass
    def test_sub(self):
        for i in range(2):
            with self.subTest(i=i): self.assertEqual(i, 0)
if __name__ == "__main__":
    import re
    class R(unittest.TextTestRunner): pass
    unittest.main(testRunner=unittest.TextTestRunner(stream=open("t.txt", "w")), exit=False, verbosity=2)
    print(re.sub(r"in [\d.]+s", "in", open("t.txt").read()))
