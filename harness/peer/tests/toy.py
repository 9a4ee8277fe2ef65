"""A peer that misbehaves in the way its argument names; `honest` does not."""
import json
import os
import sys
import time

MODE = sys.argv[1]
FLOOD = 5 << 20
# Of the program in which main receives what a tasklet sends.
MEETING = [["main", "0", "spawn"], ["main", "0", "=", None], ["main", "1", "recv"], ["a", "0", "send"],
           ["a", "0", "=", None], ["a", "end"], ["main", "1", "=", 42], ["main", "end"]]


def hello():
    answer = {"say": "hello", "protocol": 1, "name": "toy", "version": "1", "language": "Python",
              "language_version": "3", "can": ["run"]}
    if MODE == "another name":
        answer["name"] = "somebody else"
    if MODE == "another protocol":
        answer["protocol"] = 99
    return answer


def sample(iterations):
    begun = time.perf_counter_ns()
    if MODE == "slow to begin":
        # Something that lies beside the work, by the clock: 3 ms for each question.
        while time.perf_counter_ns() - begun < 3_000_000:
            pass
        begun = time.perf_counter_ns()
    # Work that takes as long as it is asked for, by the clock: 50 us for each iteration.
    if MODE != "few iterations":
        while time.perf_counter_ns() - begun < iterations * 50_000:
            pass
    wall = time.perf_counter_ns() - begun
    answer = {"say": "sampled", "digest": "0000000000000007", "wall": wall, "cpu": wall}
    if MODE == "another digest":
        answer["digest"] = "0000000000000008"
    if MODE == "no digest":
        answer["digest"] = "seven"
    if MODE == "counts":
        answer["messages"] = 5
    if MODE == "short time":
        answer["wall"] = wall // 100
    if MODE == "long time":
        answer["wall"] = wall * 10 + 10_000_000
    if MODE == "another answer":
        answer = {"say": "held", "count": 1}
    if MODE == "error":
        answer = {"say": "error", "why": "the toy is broken"}
    if MODE == "unsupported":
        answer = {"say": "unsupported", "why": "no such toy"}
    if MODE == "extra key":
        answer["mood"] = "good"
    return answer


def misbehave():
    """Before the answer to anything but hello."""
    print("the toy begins to misbehave, /home/ann/toy.py", file=sys.stderr, flush=True)
    if MODE == "garbage":
        print("Traceback (most recent call last)", flush=True)
    if MODE == "no text":
        os.write(1, b"\xff\xfe\n")
    if MODE == "dies":
        sys.exit(3)
    if MODE == "closes":
        os.close(1)
        sys.stdin.read()
    if MODE == "hangs":
        sys.stdin.readline()
    if MODE == "one long line":
        os.write(1, b"x" * FLOOD)
    if MODE == "many lines":
        for _ in range(FLOOD):
            print("hello?")


for line in sys.stdin:
    question = json.loads(line)
    number, ask = question["id"], question["ask"]
    if ask == "hello":
        answer = hello()
    elif ask == "end":
        answer = {"say": "end"}
    else:
        misbehave()
        events = MEETING if MODE == "meets" else MEETING[-1:]
        answer = sample(question["iterations"]) if ask == "sample" else {"say": "ran", "events": events}
    if MODE == "another question" and ask != "hello":
        number += 1
    print(json.dumps({"id": number, **answer}), flush=True)
    if MODE == "two answers" and ask != "hello":
        print(json.dumps({"id": number, **answer}), flush=True)
    if ask == "end":
        break
