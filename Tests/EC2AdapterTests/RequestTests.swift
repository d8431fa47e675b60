import AWSClient
import Addressing
import EC2Adapter
import Foundation
import NodePorts
import Testing

/// What botocore sends for the same calls; see Resources/README.md.
struct RequestTests {
    @Test func everyRequestThatANodeSendsHasThePairsOfTheSDK() throws {
        let golden = try GoldenRequest.all()
        var compared: [String] = []
        for request in golden {
            guard let parameters = request.ours else { continue }
            compared.append(request.action)
            #expect(Set(parameters.pairs) == Set(request.pairs), "\(request.body)")
            #expect(parameters.pairs.count == request.pairs.count, "\(request.body)")
        }
        #expect(golden.count == 48)
        #expect(compared.count == 30)
        #expect(Set(compared) == Set(EC2Action.allCases.map(\.rawValue)))
    }

    /// The body is encoded and signed byte for byte as the SDK does, whatever is in it.
    @Test func everyRequestOfTheSDKIsEncodedAndSignedAsTheSDKDoes() throws {
        for golden in try GoldenRequest.all() {
            var parameters = QueryParameters(action: golden.action, version: "2016-11-15")
            for pair in golden.pairs.dropFirst(2) { parameters.add(pair.name, pair.value) }
            #expect(String(decoding: parameters.body, as: UTF8.self) == golden.body)

            let credentials = AWSCredentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: golden.token,
                source: "the test")
            let request = HTTPRequest(
                .post, try #require(HTTPURL(golden.url)), fields: [HTTPField("Content-Type", golden.contentType)], body: parameters.body)
            let time = try #require(UTCTime(iso8601: "2026-01-02T03:04:05Z"))
            let signed = SignatureV4(credentials: credentials, region: "us-west-2", service: "ec2").sign(request, at: time)
            #expect(signed.fields.first { $0.name == "Authorization" }?.value == golden.authorization, "\(golden.body)")
            #expect(golden.contentType == QueryParameters.contentType)
        }
    }

    @Test func onlyCallsWhoseSecondTimeChangesNothingAreRepeatable() {
        let eni = ENIID(unchecked: "eni-0a")
        #expect(!EC2Call.assignPrivateIPAddresses(1, to: eni).isRepeatable)
        #expect(!EC2Call.assignPrivateIPPrefixes(1, to: eni).isRepeatable)
        #expect(!EC2Call.assignIPv6Prefixes(1, to: eni).isRepeatable)
        #expect(!EC2Call.attachNetworkInterface(eni, to: InstanceID(unchecked: "i-1"), card: 0, deviceIndex: 1).isRepeatable)
        #expect(EC2Call.assignPrivateIPAddresses([IPv4Address(10, 0, 0, 7)], to: eni).isRepeatable)
        #expect(EC2Call.deleteNetworkInterface(eni).isRepeatable)
    }

    @Test func anENIWithoutContentAsksForNone() {
        let request = ENIRequest(
            subnet: SubnetID(unchecked: "subnet-0a"), securityGroups: [], clientToken: "t", content: .addresses(0))
        let names = EC2Call.createNetworkInterface(request).parameters.pairs.map(\.name)
        #expect(names == ["Action", "Version", "SubnetId", "ClientToken"])
    }

    @Test func aPageIsAskedForWithItsTokenAlone() {
        let call = EC2Call.describeSubnets(pageSize: 5).page(at: "a").page(at: "b")
        #expect(call.parameters.pairs.filter { $0.name == "NextToken" }.map(\.value) == ["b"])
    }
}

/// One request of the SDK.
struct GoldenRequest: Decodable {
    var action: String
    var params: [String: Parameter]
    var body: String
    var contentType: String
    var authorization: String
    var token: String?
    var url: String

    static func all() throws -> [GoldenRequest] {
        let url = try #require(Bundle.module.url(forResource: "Resources/requests", withExtension: "json"))
        return try JSONDecoder().decode([GoldenRequest].self, from: Data(contentsOf: url))
    }

    /// The pairs of the body, decoded.
    var pairs: [QueryParameters.Pair] {
        body.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                part.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            return QueryParameters.Pair(name: parts[0], value: parts[1])
        }
    }

    /// A value of the SDK's parameters.
    enum Parameter: Decodable, Equatable {
        case text(String), number(Int), flag(Bool), list([Parameter]), object([String: Parameter])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Parameter].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: Parameter].self))
            }
        }

        var text: String? { if case .text(let text) = self { text } else { nil } }
        var number: Int? { if case .number(let number) = self { number } else { nil } }
        var flag: Bool? { if case .flag(let flag) = self { flag } else { nil } }
        var list: [Parameter]? { if case .list(let list) = self { list } else { nil } }
        var texts: [String] { (list ?? []).compactMap(\.text) }
        subscript(name: String) -> Parameter? { if case .object(let members) = self { members[name] } else { nil } }
    }
}

extension GoldenRequest {
    /// The same call as a node makes it; nil for what no node asks.
    var ours: QueryParameters? {
        switch action {
        case "DescribeNetworkInterfaces", "DescribeInstances", "DescribeInstanceTypes", "DescribeSubnets": describe
        case "DescribeVpcs": EC2Call.describeVPCs(texts("VpcIds")).parameters
        case "GetSubnetCidrReservations":
            params["MaxResults"]?.number.map {
                EC2Call.getSubnetCIDRReservations(of: SubnetID(unchecked: text("SubnetId")), pageSize: $0).parameters
            }
        case "CreateNetworkInterface": create
        case "AssignPrivateIpAddresses", "AssignIpv6Addresses": assign
        case "UnassignPrivateIpAddresses", "UnassignIpv6Addresses": unassign
        default: change
        }
    }

    private func text(_ name: String) -> String { params[name]?.text ?? "" }
    private func texts(_ name: String) -> [String] { params[name]?.texts ?? [] }
    private var eni: ENIID { ENIID(unchecked: text("NetworkInterfaceId")) }

    private var filters: [EC2Filter] {
        (params["Filters"]?.list ?? []).map { EC2Filter($0["Name"]?.text ?? "", $0["Values"]?.texts ?? []) }
    }

    private func tags(_ list: GoldenRequest.Parameter?) -> [String: String] {
        Dictionary(uniqueKeysWithValues: (list?.list ?? []).map { ($0["Key"]?.text ?? "", $0["Value"]?.text ?? "") })
    }

    private func paged<Page: EC2Page>(_ call: EC2Call<Page>) -> QueryParameters {
        (params["NextToken"]?.text.map(call.page(at:)) ?? call).parameters
    }

    private var describe: QueryParameters? {
        let size = params["MaxResults"]?.number
        return switch action {
        case "DescribeNetworkInterfaces":
            paged(.describeNetworkInterfaces(texts("NetworkInterfaceIds").map(ENIID.init(unchecked:)), filters: filters, pageSize: size))
        case "DescribeInstances":
            paged(.describeInstances(texts("InstanceIds").map(InstanceID.init(unchecked:)), filters: filters, pageSize: size))
        case "DescribeInstanceTypes":
            paged(.describeInstanceTypes(texts("InstanceTypes"), pageSize: size))
        default:
            paged(.describeSubnets(texts("SubnetIds").map(SubnetID.init(unchecked:)), filters: filters, pageSize: size))
        }
    }

    /// ENIs with chosen addresses, of other kinds or with timeouts of their own are not made by a node.
    private var create: QueryParameters? {
        let known: Set = [
            "SubnetId", "Description", "Groups", "SecondaryPrivateIpAddressCount", "Ipv4PrefixCount", "Ipv6PrefixCount", "ClientToken",
            "TagSpecifications",
        ]
        guard Set(params.keys).isSubset(of: known) else { return nil }
        let content: ENIRequest.Content =
            params["Ipv4PrefixCount"]?.number.map { .prefixes($0) } ?? .addresses(params["SecondaryPrivateIpAddressCount"]?.number ?? 0)
        let request = ENIRequest(
            subnet: SubnetID(unchecked: text("SubnetId")), securityGroups: texts("Groups").map(SecurityGroupID.init(unchecked:)),
            clientToken: text("ClientToken"), content: content, ipv6Prefixes: params["Ipv6PrefixCount"]?.number ?? 0,
            tags: tags(params["TagSpecifications"]?.list?.first?["Tags"]))
        return EC2Call.createNetworkInterface(request, description: params["Description"]?.text).parameters
    }

    private var assign: QueryParameters? {
        if action == "AssignIpv6Addresses" {
            return params["Ipv6PrefixCount"]?.number.map { EC2Call.assignIPv6Prefixes($0, to: eni).parameters }
        }
        if let count = params["SecondaryPrivateIpAddressCount"]?.number {
            return EC2Call.assignPrivateIPAddresses(count, to: eni).parameters
        }
        if let count = params["Ipv4PrefixCount"]?.number { return EC2Call.assignPrivateIPPrefixes(count, to: eni).parameters }
        let addresses = texts("PrivateIpAddresses").compactMap { IPv4Address($0) }
        if !addresses.isEmpty {
            return EC2Call.assignPrivateIPAddresses(addresses, to: eni, takesFromOthers: params["AllowReassignment"]?.flag == true)
                .parameters
        }
        return EC2Call.assignPrivateIPPrefixes(texts("Ipv4Prefixes").compactMap { IPv4CIDR($0) }, to: eni).parameters
    }

    private var unassign: QueryParameters? {
        if action == "UnassignIpv6Addresses" {
            return EC2Call.unassignIPv6(
                addresses: texts("Ipv6Addresses").compactMap { IPv6Address($0) },
                prefixes: texts("Ipv6Prefixes").compactMap { IPv6CIDR($0) }, from: eni
            ).parameters
        }
        let addresses = texts("PrivateIpAddresses").compactMap { IPv4Address($0) }
        if !addresses.isEmpty { return EC2Call.unassignPrivateIPAddresses(addresses, from: eni).parameters }
        return EC2Call.unassignPrivateIPPrefixes(texts("Ipv4Prefixes").compactMap { IPv4CIDR($0) }, from: eni).parameters
    }

    private var change: QueryParameters? {
        switch action {
        case "AttachNetworkInterface" where params["EnaSrdSpecification"] == nil:
            return EC2Call.attachNetworkInterface(
                eni, to: InstanceID(unchecked: text("InstanceId")), card: params["NetworkCardIndex"]?.number ?? 0,
                deviceIndex: params["DeviceIndex"]?.number ?? 0
            ).parameters
        case "ModifyNetworkInterfaceAttribute":
            if let attachment = params["Attachment"] {
                let id = ENIAttachmentID(unchecked: attachment["AttachmentId"]?.text ?? "")
                let ends = attachment["DeleteOnTermination"]?.flag == true
                return EC2Call.modifyAttachment(of: eni, id, deleteOnTermination: ends).parameters
            }
            guard params["Groups"] != nil else { return nil }
            return EC2Call.modifySecurityGroups(of: eni, texts("Groups").map(SecurityGroupID.init(unchecked:))).parameters
        case "DetachNetworkInterface":
            let id = ENIAttachmentID(unchecked: text("AttachmentId"))
            return EC2Call.detachNetworkInterface(id, force: params["Force"]?.flag == true).parameters
        case "DeleteNetworkInterface" where params["DryRun"] == nil:
            return EC2Call.deleteNetworkInterface(eni).parameters
        case "CreateTags":
            return EC2Call.createTags(tags(params["Tags"]), on: texts("Resources").map(ENIID.init(unchecked:))).parameters
        default:
            return nil
        }
    }
}
