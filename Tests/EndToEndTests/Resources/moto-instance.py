"""An EC2 instance in moto, seen from inside: EC2's API, the instance's metadata, and the links of its ENIs.

Run in the network namespace that is to be the instance: moto-instance.py INSTANCE_TYPE FOLDER. When it serves, FOLDER has
instance.json, and from then on enis.json with all ENIs of the VPC. It runs until it is ended.
"""
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer
from werkzeug.serving import WSGIRequestHandler

REGION, ZONE = "us-west-2", "us-west-2a"
WSGIRequestHandler.log = lambda *_: None


def call(*words):
    subprocess.run(words, check=True, capture_output=True)


class Instance:
    """What moto knows of the instance; its ENIs are asked for each time."""

    def __init__(self, kind, endpoint):
        keys = dict(aws_access_key_id="test", aws_secret_access_key="test")
        self.ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=endpoint, **keys)
        self.kind = kind
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.32.0/20", AvailabilityZone=ZONE)
        self.subnet = subnet["Subnet"]["SubnetId"]
        other = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.64.0/20", AvailabilityZone=ZONE)
        self.other = other["Subnet"]["SubnetId"]
        image = self.ec2.describe_images()["Images"][0]["ImageId"]
        made = self.ec2.run_instances(ImageId=image, InstanceType=kind, MinCount=1, MaxCount=1, SubnetId=self.subnet)
        self.id = made["Instances"][0]["InstanceId"]

    def enis(self):
        mine = [{"Name": "attachment.instance-id", "Values": [self.id]}]
        return self.ec2.describe_network_interfaces(Filters=mine)["NetworkInterfaces"]

    def primary(self):
        return next(eni for eni in self.enis() if eni["Attachment"]["DeviceIndex"] == 0)

    def metadata(self, path):
        """The text at a path below /latest; None for 404."""
        simple = {
            "meta-data/instance-id": lambda: self.id,
            "meta-data/instance-type": lambda: self.kind,
            "meta-data/placement/availability-zone": lambda: ZONE,
            "meta-data/placement/region": lambda: REGION,
            "meta-data/mac": lambda: self.primary()["MacAddress"],
            "meta-data/network/interfaces/macs/": lambda: "\n".join(eni["MacAddress"] + "/" for eni in self.enis()),
        }
        if path in simple:
            return simple[path]()
        folder = "meta-data/network/interfaces/macs/"
        if not path.startswith(folder):
            return None
        mac, _, name = path[len(folder):].partition("/")
        eni = next((eni for eni in self.enis() if eni["MacAddress"] == mac), None)
        return eni and {
            "interface-id": eni["NetworkInterfaceId"],
            "device-number": str(eni["Attachment"]["DeviceIndex"]),
            "subnet-id": eni["SubnetId"],
            "vpc-id": self.vpc,
            "security-group-ids": "\n".join(group["GroupId"] for group in eni["Groups"]),
            "local-ipv4s": "\n".join(entry["PrivateIpAddress"] for entry in eni["PrivateIpAddresses"]),
            "subnet-ipv4-cidr-block": "10.0.32.0/20" if eni["SubnetId"] == self.subnet else "10.0.64.0/20",
            "vpc-ipv4-cidr-blocks": "10.0.0.0/16",
        }.get(name)


def serve_metadata(instance, port):
    class Handler(BaseHTTPRequestHandler):
        def answer(self, status, text=""):
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def do_PUT(self):
            has_ttl = "X-aws-ec2-metadata-token-ttl-seconds" in self.headers
            self.answer(200, "token") if self.path == "/latest/api/token" and has_ttl else self.answer(400)

        def do_GET(self):
            if self.headers.get("X-aws-ec2-metadata-token") != "token":
                return self.answer(401)
            text = instance.metadata(self.path.removeprefix("/latest/"))
            self.answer(404) if text is None else self.answer(200, text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def plug(instance, present):
    """Makes and removes links as ENIs come and go, as a hypervisor does."""
    attached = {eni["NetworkInterfaceId"]: eni for eni in instance.enis()}
    for name in set(attached) - set(present):
        eni, index = attached[name], attached[name]["Attachment"]["DeviceIndex"]
        link, far = f"eth{index}", f"far{index}"
        call("ip", "link", "add", link, "address", eni["MacAddress"], "type", "veth", "peer", "name", far)
        call("ip", "link", "set", far, "up")
        if index == 0:
            call("ip", "link", "set", link, "up")
            call("ip", "address", "add", eni["PrivateIpAddress"] + "/20", "dev", link)
            call("ip", "route", "add", "default", "via", "10.0.32.1", "dev", link)
        present[name] = link
    for name in set(present) - set(attached):
        call("ip", "link", "delete", present.pop(name))


def summary(eni):
    attachment = eni.get("Attachment") or {}
    return dict(
        id=eni["NetworkInterfaceId"],
        status=eni["Status"],
        subnet=eni["SubnetId"],
        deviceIndex=attachment.get("DeviceIndex"),
        addresses=[entry["PrivateIpAddress"] for entry in eni["PrivateIpAddresses"]],
        tags={tag["Key"]: tag["Value"] for tag in eni.get("TagSet", [])},
    )


def write(path, value):
    with open(path + ".tmp", "w") as file:
        json.dump(value, file)
    os.rename(path + ".tmp", path)


def main():
    kind, folder = sys.argv[1:]
    call("ip", "link", "set", "lo", "up")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    instance = Instance(kind, f"http://{host}:{port}")
    serve_metadata(instance, port + 1)
    present = {}
    plug(instance, present)
    facts = dict(endpoint=f"http://{host}:{port}", metadata=f"http://{host}:{port + 1}", instance=instance.id, otherSubnet=instance.other)
    write(f"{folder}/instance.json", facts)
    while True:
        plug(instance, present)
        write(f"{folder}/enis.json", [summary(eni) for eni in instance.ec2.describe_network_interfaces()["NetworkInterfaces"]])
        time.sleep(0.2)


main()
