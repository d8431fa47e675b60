"""Pods through the Container Runtime Interface, as a kubelet runs them: cri-client.py SOCKET COMMAND [NAME...].

status          whether the runtime and its network are ready
run NAME...     runs a pod of each name, 8 at once
list            the pods that are there
remove ID...    stops and removes pods, 8 at once

Prints one JSON document. What fails is tried again, as a kubelet does; what keeps failing is in the document. The messages are encoded here, since few of their fields are needed. The numbers of
fields are those of Kubernetes' api.proto of the CRI, version v1.
"""
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc

AT_ONCE, ATTEMPTS, LIMIT_SECONDS = 8, 10, 60
SERVICE = "/runtime.v1.RuntimeService/"


# Protocol buffers: https://protobuf.dev/programming-guides/encoding/

def varint(number):
    encoded = bytearray()
    while number > 0x7f:
        encoded.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(encoded) + bytes([number])


def message(**fields):
    """Encodes fields that are named by their numbers: f1="text", f8=message(...)."""
    encoded = b""
    for name, value in fields.items():
        number = int(name[1:])
        if isinstance(value, int):
            encoded += varint(number << 3) + varint(value)
            continue
        content = value.encode() if isinstance(value, str) else value
        encoded += varint(number << 3 | 2) + varint(len(content)) + content
    return encoded


def fields(encoded):
    """The values of each field by its number, in order: numbers, or bytes of what is longer."""
    found, position = {}, 0

    def take():
        nonlocal position
        number, shift = 0, 0
        while True:
            byte = encoded[position]
            position += 1
            number |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return number

    while position < len(encoded):
        key = take()
        if key & 7 == 0:
            value = take()
        elif key & 7 == 2:
            length = take()
            value = encoded[position:position + length]
            position += length
        else:
            raise ValueError(f"wire type {key & 7} is in none of the messages")
        found.setdefault(key >> 3, []).append(value)
    return found


def text(found, number):
    return found.get(number, [b""])[-1].decode()


class Runtime:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel("unix://" + socket)

    def call(self, method, request=b""):
        answer = self.channel.unary_unary(SERVICE + method)
        return fields(answer(request, timeout=LIMIT_SECONDS, wait_for_ready=True))

    def status(self):
        """The runtime's conditions: RuntimeReady and NetworkReady."""
        conditions = fields(self.call("Status")[1][0])[1]
        return {text(condition, 1): dict(ready=condition.get(2, [0])[0] == 1, message=text(condition, 4))
                for condition in map(fields, conditions)}

    def run(self, name, attempt):
        metadata = message(f1=name, f2=f"uid-{name}", f3="default", f4=attempt)
        # Namespaces of its own are what a pod gets when nothing is said.
        linux = message(f1="/berth-e2e", f2=message(f1=message()))
        config = message(f1=metadata, f2=name, f7=message(f1="berth.test/name", f2=name), f8=linux)
        return self.describe(text(self.call("RunPodSandbox", message(f1=config)), 1))

    def describe(self, pod):
        answer = self.call("PodSandboxStatus", message(f1=pod, f2=1))
        status = fields(answer[1][0])
        info = {text(entry, 1): json.loads(text(entry, 2)) for entry in map(fields, answer.get(2, []))}["info"]
        namespaces = info["runtimeSpec"]["linux"]["namespaces"]
        return dict(
            id=pod, name=text(fields(status[2][0]), 1), ready=status.get(3, [0])[0] == 0, address=text(fields(status[5][0]), 1),
            netns=next(namespace["path"] for namespace in namespaces if namespace["type"] == "network"))

    def list(self):
        return [text(fields(pod), 1) for pod in self.call("ListPodSandbox").get(1, [])]

    def remove(self, pod, _):
        self.call("StopPodSandbox", message(f1=pod))
        self.call("RemovePodSandbox", message(f1=pod))
        return dict(id=pod)


def repeated(action, argument):
    for attempt in range(ATTEMPTS):
        try:
            return action(argument, attempt) | dict(attempts=attempt + 1)
        except grpc.RpcError as error:
            failure = dict(failed=argument, error=f"{error.code().name}: {error.details()}")
            time.sleep(0.2)
    return failure


def main(socket, command, *arguments):
    runtime = Runtime(socket)
    if command in ("run", "remove"):
        with ThreadPoolExecutor(AT_ONCE) as threads:
            outcome = list(threads.map(lambda argument: repeated(getattr(runtime, command), argument), arguments))
    else:
        outcome = getattr(runtime, command)()
    print(json.dumps(outcome))


if __name__ == "__main__":
    main(*sys.argv[1:])
