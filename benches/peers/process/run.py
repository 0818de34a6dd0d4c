#!/usr/bin/env python3
"""Whole processes over the same file: sse-wire, eventsource-parser (Node), httpx-sse (Python).

The time is processor time, user and system, the median of the rounds; the processes take turns.
"start" is the same process over an empty file. Processes that are not installed are left out:

    npm install --prefix benches/peers/process
    pip install -r benches/peers/process/requirements.txt
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def run(command, path):
    """Seconds, and what was printed; None if it cannot be run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run([*command, path], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return seconds, done.stdout.split()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workload", default="llm-openai")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()

    build = ["cargo", "build", "--release", "--quiet", "--message-format=json"]
    build += ["--manifest-path", HERE.parent / "Cargo.toml"]
    built = subprocess.run(build, stdout=subprocess.PIPE, text=True, check=True)
    messages = map(json.loads, built.stdout.splitlines())
    peers = [message["executable"] for message in messages if message.get("executable")][-1]
    processes = {
        "sse-wire": [peers, "--read"],
        "eventsource-parser": ["node", HERE / "with_eventsource_parser.mjs"],
        "httpx-sse": [sys.executable, HERE / "with_httpx_sse.py"],
    }
    with tempfile.TemporaryDirectory() as folder:
        stream, empty = os.path.join(folder, "stream"), os.path.join(folder, "empty")
        subprocess.run([peers, "--write", stream, "--workload", arguments.workload], check=True)
        pathlib.Path(empty).touch()
        size = os.path.getsize(stream)

        times = {name: ([], []) for name in processes}
        found = {}
        for _ in range(arguments.rounds):
            for name, command in list(processes.items()):
                start, whole = run(command, empty), run(command, stream)
                if start is None or whole is None:
                    print(f"{name}: not installed", file=sys.stderr)
                    del processes[name]
                    continue
                times[name][0].append(start[0])
                times[name][1].append(whole[0])
                found[name] = whole[1]

    print(f"{arguments.workload}, {size / (1 << 20):.0f} MiB, chunks of 16 KiB\n")
    print("| process | start, ms | stream, ms | times sse-wire | output |")
    print("| --- | --- | --- | --- | --- |")
    net = {}
    for name in processes:
        start, whole = (statistics.median(values) for values in times[name])
        net[name] = max(whole - start, 1e-4)
        times_own = net[name] / net["sse-wire"]
        output = "same" if found[name] == found["sse-wire"] else "differs"
        print(f"| {name} | {start * 1e3:.0f} | {net[name] * 1e3:.0f} | {times_own:.1f} | {output} |")


if __name__ == "__main__":
    main()
