import AWSClient
import AWSTesting
import Addressing
import Foundation
import NodePorts
import SimulatedAWS
import SimulatedVPC
import Testing
import Timeline
import VPCModel

struct MetadataTests {
    private func answer(
        _ cloud: TestCloud, _ method: HTTPRequest.Method, _ path: String, _ fields: [HTTPField] = []
    ) async -> HTTPAnswer {
        await cloud.aws.answer(HTTPRequest(method, HTTPURL(scheme: .http, host: "127.0.0.1", path: path), fields: fields))
    }

    private func token(_ cloud: TestCloud, seconds: String = "60") async -> HTTPAnswer {
        await answer(cloud, .put, "/latest/api/token", [HTTPField("X-aws-ec2-metadata-token-ttl-seconds", seconds)])
    }

    private func text(_ cloud: TestCloud, _ path: String) async -> String? {
        let answer = await answer(
            cloud, .get, "/latest/" + path, [HTTPField("X-aws-ec2-metadata-token", await token(cloud).text)])
        return answer.status == 200 ? answer.text : nil
    }

    @Test func aTokenIsAskedForAndEnds() async throws {
        let cloud = try TestCloud()
        let token = await token(cloud, seconds: "10")
        #expect(token.status == 200 && token["x-aws-ec2-metadata-token-ttl-seconds"] == "10")
        let field = HTTPField("X-aws-ec2-metadata-token", token.text)
        #expect(await answer(cloud, .get, "/latest/meta-data/instance-id", [field]).text == "i-0a")
        cloud.time.advance(by: .seconds(9))
        #expect(await answer(cloud, .get, "/latest/meta-data/instance-id", [field]).status == 200)
        cloud.time.advance(by: .seconds(1))
        #expect(await answer(cloud, .get, "/latest/meta-data/instance-id", [field]).status == 401)
    }

    @Test func whoAsksOtherwiseIsTurnedAway() async throws {
        let cloud = try TestCloud()
        #expect(await answer(cloud, .get, "/latest/meta-data/instance-id").status == 401)
        let field = HTTPField("X-aws-ec2-metadata-token", "guessed")
        #expect(await answer(cloud, .get, "/latest/meta-data/instance-id", [field]).status == 401)
        for seconds in ["0", "21601", "-1", "ten", ""] { #expect(await token(cloud, seconds: seconds).status == 400, "\(seconds)") }
        #expect(await answer(cloud, .put, "/latest/api/token").status == 400)
        let proxied = [HTTPField("X-aws-ec2-metadata-token-ttl-seconds", "60"), HTTPField("X-Forwarded-For", "10.0.0.1")]
        #expect(await answer(cloud, .put, "/latest/api/token", proxied).status == 403)
        #expect(await answer(cloud, .get, "/latest/api/token").status == 405)
        #expect(await answer(cloud, .get, "/").status == 404)
    }

    @Test func theInstanceAndItsENIsAreShown() async throws {
        let cloud = try TestCloud(type: "c6in.32xlarge")
        let eni = try await cloud.instance.ec2.createENI(
            .init(subnet: TestCloud.subnet, securityGroups: [], clientToken: "t", content: .prefixes(2), ipv6Prefixes: 1))
        _ = try await cloud.instance.ec2.attachENI(eni.id, 1, 1)
        let primary = try #require(try cloud.instance.attachedENIs().first)
        let macs = [primary.mac, eni.mac].map { "\($0)/" }.sorted().joined(separator: "\n")
        #expect(await text(cloud, "meta-data/network/interfaces/macs/") == macs)
        #expect(await text(cloud, "meta-data/mac") == "\(primary.mac)")
        #expect(await text(cloud, "meta-data/local-ipv4") == "\(primary.primaryAddress)")
        #expect(await text(cloud, "meta-data/placement/") == "availability-zone\nregion")
        #expect(await text(cloud, "meta-data/placement/region") == TestCloud.region)
        #expect(await text(cloud, "meta-data/ipv6") == nil)
        let document = try #require(await text(cloud, "dynamic/instance-identity/document"))
        let members = try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: String]
        #expect(members?["instanceId"] == "i-0a" && members?["region"] == TestCloud.region && members?["accountId"]?.count == 12)

        let (first, second) = (
            "meta-data/network/interfaces/macs/\(primary.mac)/", "meta-data/network/interfaces/macs/\(eni.mac)/"
        )
        #expect(await text(cloud, first + "security-group-ids") == "sg-0a")
        #expect(await text(cloud, first + "vpc-ipv4-cidr-blocks") == "10.0.0.0/16\n10.1.0.0/16")
        #expect(await text(cloud, first + "device-number") == "0")
        // What is empty is not there.
        for path in ["ipv4-prefix", "ipv6-prefix", "network-card"] { #expect(await text(cloud, first + path) == nil) }
        #expect(await text(cloud, second + "ipv4-prefix") == eni.prefixes.map(\.description).joined(separator: "\n"))
        #expect(await text(cloud, second + "ipv6-prefix") == eni.ipv6Prefixes.map(\.description).joined(separator: "\n"))
        #expect(await text(cloud, second + "network-card") == "1")
        #expect(await text(cloud, second + "interface-id") == eni.id.rawValue)
    }

    @Test func theRoleHasCredentialsWhoseSignaturesCount() async throws {
        let cloud = try TestCloud()
        let role = try #require(await text(cloud, "meta-data/iam/security-credentials/"))
        let document = try #require(await text(cloud, "meta-data/iam/security-credentials/\(role)"))
        let members = try #require(try JSONSerialization.jsonObject(with: Data(document.utf8)) as? [String: String])
        #expect(members["Code"] == "Success" && members["Type"] == "AWS-HMAC")
        #expect(members["Expiration"].flatMap(UTCTime.init(iso8601:)) == cloud.time.calendar + .seconds(21_600))
        let credentials = AWSCredentials(
            accessKeyID: try #require(members["AccessKeyId"]), secretAccessKey: try #require(members["SecretAccessKey"]),
            sessionToken: members["Token"], source: "role")
        let request = SignatureV4(credentials: credentials, region: TestCloud.region, service: "ec2")
            .sign(cloud.signed("DescribeVpcs"), at: cloud.time.calendar)
        #expect(await cloud.aws.answer(request).status == 200)
    }

    @Test(arguments: [(Duration.zero, true), (.seconds(3_600), false)])
    func whatIsShownIsAsOldAsTheModelSays(delay: Duration, isShown: Bool) async throws {
        var physics = TestCloud.quick
        physics.metadataDelay = delay
        let cloud = try TestCloud(physics: physics)
        let primary = try #require(try cloud.instance.attachedENIs().first)
        let address = try await cloud.instance.ec2.assignAddresses(primary.id, 1)[0]
        let shown = await text(cloud, "meta-data/network/interfaces/macs/\(primary.mac)/local-ipv4s")
        #expect(shown == (isShown ? "\(primary.primaryAddress)\n\(address)" : "\(primary.primaryAddress)"))
    }
}
