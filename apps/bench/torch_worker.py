"""Times PyTorch for one row of vs_pytorch.py: answers "train STEPS" and "eval STEPS" with {"ms", "rss_mb"}, the median
of that many steps after a warm-up, and the process's peak memory so far; "export PATH" writes the model as ONNX."""
import argparse
import json
import resource
import statistics
import sys
import time
import warnings

import torch

from torch_models import make_model, make_optimizer


def median_ms(run, warm_up, steps):
    for _ in range(warm_up):
        run()
    times = []
    for _ in range(steps):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times)


class Bench:
    def __init__(self, args):
        torch.manual_seed(1)
        layout = getattr(torch, args.layout)
        self.model = make_model(args.model, args.norm).to(memory_format=layout)
        self.optimizer = make_optimizer(args.optimizer, self.model.parameters())
        self.images = torch.randn(args.batch_size, 3, 32, 32).to(memory_format=layout)
        self.labels = torch.arange(args.batch_size) % 10

    def train_step(self):
        self.optimizer.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(self.model(self.images), self.labels).backward()
        self.optimizer.step()

    def infer(self):
        with torch.inference_mode():
            self.model(self.images)

    def answer(self, what, value):
        if what == "export":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(self.model.eval(), self.images.contiguous(), value, input_names=["images"],
                                  output_names=["logits"])
            return {}
        self.model.train(what == "train")
        ms = median_ms(self.train_step if what == "train" else self.infer, 2, int(value))
        return {"ms": ms, "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "version": torch.__version__}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--norm", required=True)
    parser.add_argument("--optimizer", required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--layout", default="contiguous_format", choices=["contiguous_format", "channels_last"])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    bench = Bench(args)
    for line in sys.stdin:
        print(json.dumps(bench.answer(*line.split())), flush=True)


if __name__ == "__main__":
    main()
