"""Headless Chromium, driven over WebDriver by what Python has at hand."""
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request


def programs():
    """chromedriver and chromium, or None for one that is not installed."""
    return shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")


class Browser:
    """A browser with an empty profile in `folder`; ends with its `with` block."""

    def __init__(self, folder):
        self.driver, self.chromium = programs()
        self.folder = folder
        self.session = ""

    def __enter__(self):
        self.process = subprocess.Popen([self.driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True)
        try:
            self.address = f"http://127.0.0.1:{self._port()}"
            self.session = "/session/" + self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
                "goog:loggingPrefs": {"browser": "ALL"},
                "goog:chromeOptions": {"binary": self.chromium, "args": self._arguments()}}}})["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self._call("DELETE", self.session)
        finally:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()

    def _port(self):
        for line in self.process.stdout:
            started = re.search(r"successfully on port (\d+)", line)
            if started:
                return started[1]
        raise RuntimeError("chromedriver did not start")

    def _arguments(self):
        arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--hide-scrollbars", f"--user-data-dir={self.folder}"]
        return arguments + (["--no-sandbox"] if os.geteuid() == 0 else [])

    def _call(self, method, path, content=None):
        request = urllib.request.Request(self.address + path, method=method,
                                         data=None if content is None else json.dumps(content).encode(),
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback, whatever the environment says
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.read().decode()[:500]}") from error

    def cdp(self, command, **parameters):
        return self._call("POST", self.session + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, file):
        self._call("POST", self.session + "/url", {"url": "file://" + os.path.abspath(file)})

    def run(self, script):
        """The value that the JavaScript returns."""
        return self._call("POST", self.session + "/execute/sync", {"script": script, "args": []})

    def show(self, width, scheme="light"):
        """A page of so many pixels, in the light or the dark colours."""
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def log(self):
        """What the browser has complained of since the last call."""
        return [entry["message"] for entry in self._call("POST", self.session + "/se/log", {"type": "browser"})]
