"""The benchmark's scripts still run: the shortest run of each, without peers. It looks at what they print, never at a
speed. `bench_scripts_test.py SOURCE BUILD`."""
import json
import os
import subprocess
import sys
import unittest

SOURCE, BUILD = sys.argv[1:3]


def run(script, *arguments):
    command = [sys.executable, os.path.join(SOURCE, "apps", "bench", script), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def output(script, *arguments):
    done = run(script, *arguments)
    if done.returncode != 0:
        raise AssertionError(f"{script}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


class VsPyTorch(unittest.TestCase):
    SHORT = ["--only-ours", "--pairs", "1", "--steps", "1", "--convnet", os.path.join(BUILD, "convnet")]

    def test_json(self):
        rows = json.loads(output("vs_pytorch.py", *self.SHORT, "--json", "--rows", "convnet none sgd b1$"))
        self.assertEqual(len(rows), 1)
        self.assertEqual((rows[0]["model"], rows[0]["norm"], rows[0]["batch_size"]), ("convnet", "none", 1))
        self.assertGreater(rows[0]["train"]["evenkeel_ms"], 0)
        self.assertGreater(rows[0]["eval"]["evenkeel_ms"], 0)
        self.assertGreater(rows[0]["evenkeel_peak_mb"], 0)

    def test_table(self):
        lines = output("vs_pytorch.py", *self.SHORT, "--rows", "convnet none sgd b1$").splitlines()
        self.assertEqual([line.split()[:5] for line in lines[2:]],
                         [["convnet", "none", "sgd", "b1", what] for what in ("train", "eval")])

    def test_row_that_is_not_there(self):
        done = run("vs_pytorch.py", *self.SHORT, "--rows", "alexnet")
        self.assertEqual(done.returncode, 1)
        self.assertIn("vs_pytorch.py: no row has 'alexnet'; the rows are: convnet batch sgd b128,", done.stderr)


class Ops(unittest.TestCase):
    SHORT = ["--only-ours", "--pairs", "1", "--steps", "1", "--bench-ops", os.path.join(BUILD, "bench_ops")]

    def test_one_of_each_kind(self):
        rows = r"conv_.* 64 64 8 1|batchnorm_.* 16 32|relu_.*64 32|pool|linear.* 4096 |sgd|adam"
        result = json.loads(output("ops.py", *self.SHORT, "--json", "--rows", rows))
        self.assertEqual(len({op["op"] for op in result["ops"]}), 15)
        for op in result["ops"]:
            self.assertGreater(op["evenkeel_ms"], 0)
            self.assertIn(op["unit"], ("GFLOP/s", "GB/s"))

    def test_table(self):
        self.assertIn("conv_forward 128 64 64 8 1", output("ops.py", *self.SHORT, "--rows", "conv_forward.* 64 64 8 1"))

    def test_a_request_that_makes_no_sense(self):
        for request, message in (("conv 1 1", "unknown op 'conv'"), ("sgd 5", "expected 1 sizes and a number")):
            done = subprocess.run([os.path.join(BUILD, "bench_ops"), "1"], input=request + "\n", capture_output=True,
                                  text=True)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(message, done.stderr)


class Scaling(unittest.TestCase):
    def test_table_and_memory(self):
        text = output("scaling.py", "--convnet", os.path.join(BUILD, "convnet"), "--svg", "", "--repeats", "1",
                      "--steps", "1", "--models", "convnet-8x8", "--batches", "1,2,4", "--threads", "1,2", "--sides",
                      "", "--widths", "")
        self.assertIn("| convnet-8x8 | 2 | 4 | 32 | 1 | ", text)
        self.assertRegex(text, r"Training memory of convnet-8x8: \d+ MB and [-\d,]+ bytes an image, from batch 2 to 4")

    def test_the_line_is_the_best_one(self):
        sys.path.insert(0, os.path.join(SOURCE, "apps", "bench"))
        from scaling import fit_line
        self.assertEqual(fit_line([(1, 5), (2, 7), (4, 11)]), (2, 3, 0))
        slope, base, off = fit_line([(0, 0), (1, 2), (2, 1)])
        self.assertAlmostEqual(slope, 0.5)
        self.assertAlmostEqual(base, 0.5)
        self.assertAlmostEqual(off, 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
