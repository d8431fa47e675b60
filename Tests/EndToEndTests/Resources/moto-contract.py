"""EC2 in moto, with instances on demand and a view from outside: moto-contract.py FILE.

FILE tells the addresses of both when they serve. GET /instance makes an instance and describes it, GET /eni/ID tells what boto3 sees of
an ENI, or 404. It runs until it is ended.
"""
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from werkzeug.serving import WSGIRequestHandler

REGION, ZONE, KIND = "us-west-2", "us-west-2a", "m5.large"
WSGIRequestHandler.log = lambda *_: None


class Cloud:
    def __init__(self, endpoint):
        keys = dict(aws_access_key_id="test", aws_secret_access_key="test")
        self.ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=endpoint, **keys)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.32.0/20", AvailabilityZone=ZONE)
        self.subnet = subnet["Subnet"]["SubnetId"]
        self.image = self.ec2.describe_images()["Images"][0]["ImageId"]

    def instance(self):
        made = self.ec2.run_instances(
            ImageId=self.image, InstanceType=KIND, MinCount=1, MaxCount=1, SubnetId=self.subnet)["Instances"][0]
        primary = made["NetworkInterfaces"][0]
        return dict(
            instance=made["InstanceId"], vpc=self.vpc, zone=ZONE, subnet=self.subnet, primary=primary["NetworkInterfaceId"],
            securityGroup=primary["Groups"][0]["GroupId"])

    def eni(self, name):
        try:
            eni = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[name])["NetworkInterfaces"][0]
        except ClientError:
            return None
        attachment = eni.get("Attachment") or {}
        return dict(
            addresses=[entry["PrivateIpAddress"] for entry in eni["PrivateIpAddresses"] if not entry["Primary"]],
            prefixes=[entry["Ipv4Prefix"] for entry in eni.get("Ipv4Prefixes", [])],
            ipv6Prefixes=[entry["Ipv6Prefix"] for entry in eni.get("Ipv6Prefixes", [])],
            securityGroups=[group["GroupId"] for group in eni["Groups"]],
            tags={tag["Key"]: tag["Value"] for tag in eni.get("TagSet", [])},
            deviceIndex=attachment.get("DeviceIndex"), endsWithInstance=bool(attachment.get("DeleteOnTermination")))


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    cloud = Cloud(f"http://{host}:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            value = cloud.instance() if self.path == "/instance" else cloud.eni(self.path.removeprefix("/eni/"))
            body = json.dumps(value).encode()
            self.send_response(404 if value is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    outside = HTTPServer(("127.0.0.1", 0), Handler)
    with open(sys.argv[1] + ".tmp", "w") as file:
        json.dump(dict(endpoint=f"http://{host}:{port}", outside=f"http://127.0.0.1:{outside.server_port}"), file)
    os.rename(sys.argv[1] + ".tmp", sys.argv[1])
    outside.serve_forever()


main()
