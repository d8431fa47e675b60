import AWSClient
import AWSTesting
import Addressing
import Foundation
import NodePorts
import SimulatedAWS
import SimulatedVPC
import Testing
import VPCModel

/// Amazon's own clients against the same server, so that nothing is right only because both its sides are ours.
@Suite(.timeLimit(.minutes(2))) struct OtherClientsTests {
    private static func key(_ secret: String = SimulatedAWS.exampleKey.secretAccessKey) -> [String: String] {
        ["AWS_ACCESS_KEY_ID": SimulatedAWS.exampleKey.accessKeyID, "AWS_SECRET_ACCESS_KEY": secret]
    }

    @Test(.enabled(if: ForeignProgram.pythonHasSDK, "needs python3 with boto3"))
    func theSDKForPythonReadsWhatBerthWroteAndWritesWhatBerthReads() async throws {
        let cloud = try TestCloud(clock: .system)
        try await cloud.serve { url in
            let environment = TestCloud.environment("\(url)")
            let ec2 = cloud.instance.ec2
            let eni = try await ec2.createENI(
                ENIRequest(
                    subnet: TestCloud.subnet, securityGroups: [TestCloud.securityGroup], clientToken: "ours", content: .prefixes(2),
                    ipv6Prefixes: 1, tags: ["name": "ours & <theirs>"]))
            _ = try await ec2.attachENI(eni.id, 0, 1)
            let python = try #require(ForeignProgram.python)
            let outcome = try await python.run(["-c", Self.script, eni.id.rawValue], environment: environment)
            #expect(outcome.status == 0, "\(outcome.text)")
            let told = try #require(try JSONSerialization.jsonObject(with: Data(outcome.text.utf8)) as? [String: [String]])
            #expect(told["prefixes"] == eni.prefixes.map(\.description))
            #expect(told["ipv6Prefixes"] == eni.ipv6Prefixes.map(\.description))

            let described = try await ec2.describeENIs().enis
            #expect(described.map { $0.attachment?.deviceIndex } == [0, 1, 2])
            let theirs = try #require(described.last)
            #expect([theirs.id.rawValue] == told["created"] && theirs.tags == ["who": "sdk", "later": "yes"])
            #expect(theirs.secondaryAddresses.map(\.description) == told["addresses"])
            #expect(theirs.prefixes.map(\.description) == told["assigned"])
            #expect(try cloud.vpc.snapshot().enis[theirs.id]?.attachment?.deleteOnTermination == true)
            #expect(try cloud.vpc.snapshot().violations() == [])
        }
    }

    /// Its credentials are those of the instance's role, which it finds by the metadata.
    private static let script = """
        import boto3, json, sys
        from botocore.exceptions import ClientError
        ec2 = boto3.client("ec2")
        ours = ec2.describe_network_interfaces(NetworkInterfaceIds=[sys.argv[1]])["NetworkInterfaces"][0]
        assert ours["TagSet"] == [{"Key": "name", "Value": "ours & <theirs>"}], ours
        assert ours["Attachment"]["Status"] == "attached" and ours["Status"] == "in-use", ours
        instance = ec2.describe_instances()["Reservations"][0]["Instances"][0]
        assert instance["State"]["Name"] == "running" and len(instance["NetworkInterfaces"]) == 2, instance
        eni = ec2.create_network_interface(
            SubnetId="subnet-0a", Groups=["sg-0a"], SecondaryPrivateIpAddressCount=2,
            TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "who", "Value": "sdk"}]}])["NetworkInterface"]
        id = eni["NetworkInterfaceId"]
        attachment = ec2.attach_network_interface(NetworkInterfaceId=id, InstanceId=instance["InstanceId"], DeviceIndex=2)["AttachmentId"]
        statuses = (ec2.describe_network_interfaces(NetworkInterfaceIds=[id])["NetworkInterfaces"][0]["Status"] for _ in range(1000))
        assert "in-use" in statuses
        ec2.modify_network_interface_attribute(
            NetworkInterfaceId=id, Attachment={"AttachmentId": attachment, "DeleteOnTermination": True})
        assigned = ec2.assign_private_ip_addresses(NetworkInterfaceId=id, Ipv4PrefixCount=1)["AssignedIpv4Prefixes"]
        gone = [a["PrivateIpAddress"] for a in eni["PrivateIpAddresses"] if not a["Primary"]]
        ec2.unassign_private_ip_addresses(NetworkInterfaceId=id, PrivateIpAddresses=gone[:1])
        ec2.create_tags(Resources=[id], Tags=[{"Key": "later", "Value": "yes"}])
        pages = ec2.get_paginator("describe_instance_types").paginate(PaginationConfig={"PageSize": 100})
        types = [t["InstanceType"] for page in pages for t in page["InstanceTypes"]]
        assert len(types) == len(set(types)) > 1400, len(types)
        for call, code in [
            (lambda: ec2.delete_network_interface(NetworkInterfaceId=id), "InvalidParameterValue"),
            (lambda: ec2.describe_vpcs(DryRun=True), "DryRunOperation"),
            (lambda: ec2.describe_route_tables(), "InvalidAction"),
        ]:
            try:
                call()
                raise AssertionError(code)
            except ClientError as error:
                assert error.response["Error"]["Code"] == code, error
        print(json.dumps({
            "prefixes": [p["Ipv4Prefix"] for p in ours["Ipv4Prefixes"]], "ipv6Prefixes": [p["Ipv6Prefix"] for p in ours["Ipv6Prefixes"]],
            "created": [id], "addresses": gone[1:], "assigned": [p["Ipv4Prefix"] for p in assigned]}))
        """

    @Test(.enabled(if: ForeignProgram.cli != nil, "needs the AWS CLI"))
    func theCommandLineOfAmazonReadsItAndIsRefusedWithAnotherSecret() async throws {
        let cloud = try TestCloud(clock: .system)
        try await cloud.serve { url in
            let cli = try #require(ForeignProgram.cli)
            var environment = TestCloud.environment("\(url)").merging(Self.key()) { $1 }
            environment["AWS_ENDPOINT_URL_EC2"] = nil
            let arguments = [
                "ec2", "describe-network-interfaces", "--endpoint-url", "\(url)", "--output", "text", "--query",
                "NetworkInterfaces[].[NetworkInterfaceId, PrivateIpAddress, Attachment.InstanceId]",
            ]
            let outcome = try await cli.run(arguments, environment: environment)
            let primary = try #require(try cloud.instance.attachedENIs().first)
            #expect(outcome.status == 0, "\(outcome.text)")
            #expect(outcome.text == "\(primary.id)\t\(primary.primaryAddress)\ti-0a\n")

            let refused = try await cli.run(arguments, environment: environment.merging(Self.key("wrong")) { $1 })
            #expect(refused.status != 0 && refused.text.contains("(SignatureDoesNotMatch)"), "\(refused.text)")
        }
    }
}
