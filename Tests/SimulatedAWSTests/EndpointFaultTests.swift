import AWSClient
import AWSTesting
import SimulatedAWS
import SimulatedVPC
import Testing
import VPCModel

/// What goes wrong on purpose, and who one is.
@Suite(.timeLimit(.minutes(2))) struct EndpointFaultTests {
    @Test(
        arguments: [
            ("throttle=100", "RequestLimitExceeded", 0), ("error=100", "InternalError", 0), ("lost-answer=100", "Unavailable", 1),
        ])
    func aCallThatFailsIsCarriedOutOrNot(faults: String, code: String, enisMore: Int) async throws {
        let cloud = try TestCloud(faults: try #require(EndpointFaults(faults)))
        let before = try cloud.vpc.snapshot().enis.count
        #expect(await cloud.code("CreateNetworkInterface", ["SubnetId": "subnet-0a"]) == code)
        #expect(try cloud.vpc.snapshot().enis.count == before + enisMore)
    }

    @Test func aShareOfTheCallsFails() async throws {
        let cloud = try TestCloud(faults: try #require(EndpointFaults("throttle=20,error=10")))
        var codes: [String: Int] = [:]
        for _ in 0..<300 { codes[await cloud.code("DescribeVpcs"), default: 0] += 1 }
        #expect((30...90).contains(codes["RequestLimitExceeded"] ?? 0), "\(codes)")
        #expect((10...60).contains(codes["InternalError"] ?? 0), "\(codes)")
        #expect(codes["none", default: 0] + codes["RequestLimitExceeded", default: 0] + codes["InternalError", default: 0] == 300)
    }

    @Test func sharesAreReadAndNothingElseIs() {
        #expect(EndpointFaults("lost-answer=2.5,throttle=10")?.description == "lost-answer=2.5,throttle=10.0")
        for text in ["", "throttle", "throttle=", "throttle=101", "throttle=-1", "none=1", "throttle=1,throttle=2", "throttle=60,error=60"]
        {
            #expect(EndpointFaults(text) == nil, "\(text)")
        }
    }

    @Test func aWebIdentityGivesTheKeyThatSTSThenKnows() async throws {
        let cloud = try TestCloud()
        let assumed = await cloud.askSTS(
            "AssumeRoleWithWebIdentity",
            ["RoleArn": "arn:aws:iam::123456789012:role/node", "RoleSessionName": "berth", "WebIdentityToken": "token"], isSigned: false)
        #expect(assumed.status == 200 && assumed.text.element("SessionToken") == SimulatedAWS.exampleToken, "\(assumed.text)")
        #expect(assumed.text.element("AccessKeyId") == SimulatedAWS.exampleKey.accessKeyID)
        let identity = await cloud.askSTS("GetCallerIdentity", [:], isSigned: true)
        #expect(identity.status == 200 && identity.text.element("Account") == "123456789012", "\(identity.text)")
        let unsigned = await cloud.askSTS("GetCallerIdentity", [:], isSigned: false)
        #expect(unsigned.status == 403 && unsigned.text.element("Code") == "MissingAuthenticationToken")
        let without = await cloud.askSTS("AssumeRoleWithWebIdentity", ["RoleArn": "r", "RoleSessionName": "s"], isSigned: false)
        #expect(without.status == 400 && without.text.element("Code") == "MissingParameter")
    }
}
