"""ONNX Runtime as a peer: its npm package onnxruntime-node, run by node on a model that PyTorch has exported."""
import json
import os
import shutil
import subprocess
import sys

from peers import BENCH, ROOT, Worker, apt_install, environment, fail, say

VERSION = "1.30"
FOLDER = os.path.join(ROOT, "build", "bench-node")  # holds the package and the exported model


def install():
    if not (shutil.which("node") and shutil.which("npm")):
        apt_install("nodejs", "npm")
    package = os.path.join(FOLDER, "node_modules", "onnxruntime-node", "package.json")
    if not os.path.exists(package):
        say(f"Installing onnxruntime-node into {FOLDER}")
        os.makedirs(FOLDER, exist_ok=True)
        # Its install script fetches libraries for GPUs; the one for CPUs is in the package.
        command = ["npm", "install", "--silent", "--ignore-scripts", "--prefix", FOLDER, f"onnxruntime-node@~{VERSION}"]
        if subprocess.run(command, stdout=sys.stderr).returncode != 0:
            fail("npm could not install onnxruntime-node")
    with open(package) as f:
        return json.load(f)["version"]


class OnnxRuntime:
    """Answers time(steps) for the model that a torch_worker.py command exports."""

    def __init__(self, torch_worker, batch, threads):
        self.version = install()
        model = os.path.join(FOLDER, "model.onnx")
        with Worker(torch_worker, environment()) as worker:
            worker.ask("export", model)
        # "tuned": it, too, shall not pay for fresh pages.
        self.worker = Worker(["node", os.path.join(BENCH, "onnx_worker.js"), FOLDER, model, batch, threads],
                             environment("tuned"))

    def time(self, steps):
        return self.worker.ask(steps)["ms"]

    def close(self):
        self.worker.close()
