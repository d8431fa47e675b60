import Addressing
import CNISpec
import JSON
import SeededRandom
import Testing

struct CNIResultTests {
    @Test(
        arguments: [
            (.v010, old("0.1.0")), (.v020, old("0.2.0")), (.v030, middle("0.3.0")), (.v031, middle("0.3.1")), (.v040, middle("0.4.0")),
            (
                .v100,
                #"{"cniVersion":"1.0.0","interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01"},{"name":"eth0","#
                    + #""mac":"02:00:00:00:00:02","sandbox":"/n"}],"#
                    + #""ips":[{"interface":1,"address":"10.0.32.17/32","gateway":"169.254.1.1"},{"interface":1,"#
                    + #""address":"2600:1f16::5/128"}],"#
                    + #""routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1"},{"dst":"::/0"}],"#
                    + #""dns":{"nameservers":["10.0.0.2"],"domain":"a","search":["b","c"],"options":["d"]}}"#
            ),
            (
                .v110,
                #"{"cniVersion":"1.1.0","interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01","mtu":9001},{"#
                    + #""name":"eth0","mac":"02:00:00:00:00:02","#
                    + #""sandbox":"/n","mtu":9001,"socketPath":"/s","pciID":"0000:00:05.0"}],"#
                    + #""ips":[{"interface":1,"address":"10.0.32.17/32","gateway":"169.254.1.1"},{"interface":1,"#
                    + #""address":"2600:1f16::5/128"}],"#
                    + #""routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1","mtu":1500,"advmss":1460,"priority":10,"#
                    + #""table":0,"scope":0},{"dst":"::/0"}],"#
                    + #""dns":{"nameservers":["10.0.0.2"],"domain":"a","search":["b","c"],"options":["d"]}}"#
            ),
        ] as [(CNIVersion, String)])
    func aResultIsPrintedInTheShapeOfItsVersion(version: CNIVersion, text: String) throws {
        #expect(try full.json(in: version).description == text)
    }

    @Test(arguments: CNIVersion.allCases, CNIVersion.allCases) func aResultOfAnyVersionIsToldInAnyOther(
        source: CNIVersion, target: CNIVersion
    ) throws {
        let read = try CNIResult(parsing: full.json(in: source))
        #expect(read == reduced(full, to: source))
        let told = try CNIResult(parsing: read.json(in: target))
        #expect(told == reduced(reduced(full, to: source), to: target))
    }

    @Test(arguments: UInt64(1)...300) func anyResultSurvivesEveryVersionThatCanExpressIt(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let result = CNIResult.any(using: &random)
        for version in CNIVersion.allCases {
            if version < .v030 && result.addresses.isEmpty {
                #expect(throws: CNIError.self) { try result.json(in: version) }
            } else {
                #expect(try CNIResult(parsing: result.json(in: version)) == reduced(result, to: version), "\(version)")
            }
        }
    }

    @Test(arguments: CNIVersion.allCases) func aResultWithoutAnAddressIsAnErrorInTheFirstTwoVersions(version: CNIVersion) throws {
        let result = CNIResult(interfaces: [CNIResult.Interface(name: "eth0")])
        guard version < .v030 else {
            #expect(try result.json(in: version).description == #"{"cniVersion":"\#(version)","interfaces":[{"name":"eth0"}]}"#)
            return
        }
        let error = #expect(throws: CNIError.self) { try result.json(in: version) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.version == version)
        #expect(error?.message.contains("0.3.0") == true)
    }

    @Test func theFirstVersionsKeepTheFirstAddressOfEachFamilyAndItsRoutes() throws {
        let result = CNIResult(
            addresses: [address("fd00::1", 64), address("10.0.0.1", 24), address("10.0.0.2", 24), address("fd00::2", 64)],
            routes: [route("10.1.0.0/16"), route("fd01::/16")])
        #expect(
            try result.json(in: .v020).description
                == #"{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.1/24","routes":[{"dst":"10.1.0.0/16"}]},"ip6":{"#
                + #""ip":"fd00::1/64","routes":[{"dst":"fd01::/16"}]}}"#
        )
        let single = CNIResult(addresses: [address("10.0.0.1", 24)], routes: [route("fd01::/16")])
        #expect(try single.json(in: .v010).description == #"{"cniVersion":"0.1.0","ip4":{"ip":"10.0.0.1/24"}}"#)
    }

    @Test(arguments: [
        // An ordinary pod: the container's MAC is the number of its route table, the dummy's sandbox the device number.
        #"{"cniVersion":"0.4.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","mac":"254","#
            + #""sandbox":"/var/run/netns/cni-1"},{"name":"dummy0d7763386da","mac":"0","sandbox":"0"}],"ips":[{"#
            + #""version":"4","interface":1,"address":"10.0.32.17/32"}],"dns":{}}"#,
        #"{"cniVersion":"1.0.0","interfaces":[{"name":"eni0d7763386da"},{"name":"eth0","#
            + #""sandbox":"/var/run/netns/cni-1","mac":"254"},{"name":"dummy0d7763386da","mac":"0","sandbox":"0"}],"#
            + #""ips":[{"interface":1,"address":"10.0.32.17/32"}]}"#,
    ]) func theIncumbentsResultOfAnOrdinaryPodIsRead(text: String) throws {
        let result = try CNIResult(parsing: parse(text))
        #expect(
            result.interfaces == [
                CNIResult.Interface(name: "eni0d7763386da"), CNIResult.Interface(name: "eth0", mac: "254", sandbox: "/var/run/netns/cni-1"),
                CNIResult.Interface(name: "dummy0d7763386da", mac: "0", sandbox: "0"),
            ])
        #expect(result.addresses == [address("10.0.32.17", 32, interface: 1)])
        #expect(result.routes.isEmpty)
    }

    @Test func theIncumbentsResultOfAPodWithSecurityGroupsIsReadAndToldUnchanged() throws {
        let text =
            #"{"cniVersion":"0.4.0","interfaces":[{"name":"vlan0d7763386da"},{"name":"eth0","mac":"107","#
            + #""sandbox":"/n"},{"name":"dummy0d7763386da","mac":"7"}],"#
            + #""ips":[{"version":"4","interface":1,"address":"10.0.32.17/32","gateway":"10.0.32.1"}]}"#
        #expect(try CNIResult(parsing: parse(text)).json(in: .v040).description == text)
    }

    @Test func theIncumbentsResultWithTwoInterfacesAndIPv6IsRead() throws {
        let text =
            #"{"cniVersion":"0.4.0","interfaces":[{"name":"eni1"},{"name":"eth0","mac":"254","sandbox":"/n"},{"#
            + #""name":"eni2"},{"name":"mNicIf1","mac":"10101","sandbox":"/n"},{"name":"dummy1","mac":"0","sandbox":"0"}],"#
            + #""ips":[{"version":"6","interface":1,"address":"2600:1f16::5/128"},{"version":"6","interface":3,"#
            + #""address":"2600:1f16::6/128"}],"dns":{}}"#
        let result = try CNIResult(parsing: parse(text))
        #expect(result.addresses == [address("2600:1f16::5", 128, interface: 1), address("2600:1f16::6", 128, interface: 3)])
        #expect(result.interfaces[3].mac == "10101")
    }

    @Test(arguments: [
        #"{"ips":null,"interfaces":null,"routes":null,"dns":null}"#, "{}", #"{"cniVersion":"7.0.0","unknown":[1]}"#,
        #"{"ip4":null,"dns":{"nameservers":null,"domain":""}}"#,
    ]) func absentAndNullMembersReadAsEmpty(text: String) throws {
        #expect(try CNIResult(parsing: parse(text)) == CNIResult())
    }

    @Test func aReadRouteLosesTheBitsBehindItsPrefix() throws {
        let result = try CNIResult(parsing: parse(#"{"routes":[{"dst":"10.1.2.3/16","gw":"","scope":0},{"dst":"fd00::1/8"}]}"#))
        #expect(result.routes.map(\.destination.description) == ["10.1.0.0/16", "fd00::/8"])
        #expect(result.routes.map(\.scope) == [0, nil])
    }

    @Test(arguments: [
        ("[]", "it is an array, not an object"), (#"{"ips":{}}"#, "ips is an object, not an array"),
        (#"{"ips":[1]}"#, "ips[0] is a number, not an object"),
        (#"{"ips":[{}]}"#, "ips[0].address is missing"), (#"{"ips":[{"address":""}]}"#, "ips[0].address is missing"),
        (#"{"ips":[{"address":"10.0.0.1"}]}"#, #"ips[0].address is "10.0.0.1", not an address with a prefix length"#),
        (#"{"ips":[{"address":"10.0.0.1/33"}]}"#, #"ips[0].address is "10.0.0.1/33", not an address with a prefix length"#),
        (#"{"ips":[{"address":"10.0.0.1/-1"}]}"#, #"ips[0].address is "10.0.0.1/-1", not an address with a prefix length"#),
        (#"{"ips":[{"address":"10.0.0.1/8/8"}]}"#, #"ips[0].address is "10.0.0.1/8/8", not an address with a prefix length"#),
        (#"{"ips":[{"address":"fd00::/129"}]}"#, #"ips[0].address is "fd00::/129", not an address with a prefix length"#),
        (#"{"ips":[{"address":"10.0.0.1/32"},{"address":"10.0.0.2/32","gateway":"x"}]}"#, #"ips[1].gateway is "x", not an address"#),
        (#"{"ips":[{"address":"10.0.0.1/32","interface":"0"}]}"#, "ips[0].interface is a string, not a whole number"),
        (#"{"interfaces":[{"name":1}]}"#, "interfaces[0].name is a number, not a string"),
        (#"{"interfaces":[{"mtu":1.5}]}"#, "interfaces[0].mtu is a number, not a whole number"),
        (#"{"routes":[{}]}"#, "routes[0].dst is missing"), (#"{"dns":[]}"#, "dns is an array, not an object"),
        (#"{"dns":{"search":[1]}}"#, "dns.search[0] is a number, not a string"),
        (#"{"ip4":{}}"#, "ip4.ip is missing"),
        (#"{"ip6":{"ip":"fd00::1/64","routes":[{"dst":"x"}]}}"#, #"ip6.routes[0].dst is "x", not an address with a prefix length"#),
    ]) func aMalformedResultIsRefusedWithTheMemberAtFault(text: String, description: String) {
        let error = #expect(throws: MalformedResult.self) { try CNIResult(parsing: parse(text)) }
        #expect(error?.description == description)
    }
}

private func old(_ version: String) -> String {
    #"{"cniVersion":"\#(version)","ip4":{"ip":"10.0.32.17/32","gateway":"169.254.1.1","routes":[{"dst":"0.0.0.0/0","#
        + #""gw":"169.254.1.1"}]},"#
        + #""ip6":{"ip":"2600:1f16::5/128","routes":[{"dst":"::/0"}]},"dns":{"nameservers":["10.0.0.2"],"domain":"a","#
        + #""search":["b","c"],"options":["d"]}}"#
}

private func middle(_ version: String) -> String {
    #"{"cniVersion":"\#(version)","interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01"},{"name":"eth0","#
        + #""mac":"02:00:00:00:00:02","sandbox":"/n"}],"#
        + #""ips":[{"version":"4","interface":1,"address":"10.0.32.17/32","gateway":"169.254.1.1"},{"version":"6","#
        + #""interface":1,"address":"2600:1f16::5/128"}],"#
        + #""routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1"},{"dst":"::/0"}],"#
        + #""dns":{"nameservers":["10.0.0.2"],"domain":"a","search":["b","c"],"options":["d"]}}"#
}

/// A result that uses every member.
private let full = CNIResult(
    interfaces: [
        CNIResult.Interface(name: "eni1", mac: "02:00:00:00:00:01", mtu: 9001),
        CNIResult.Interface(name: "eth0", mac: "02:00:00:00:00:02", sandbox: "/n", mtu: 9001, socketPath: "/s", pciID: "0000:00:05.0"),
    ],
    addresses: [
        CNIResult.Address(.v4(IPv4Address(10, 0, 32, 17)), prefixLength: 32, gateway: .v4(IPv4Address(169, 254, 1, 1)), interface: 1),
        address("2600:1f16::5", 128, interface: 1),
    ],
    routes: [
        CNIResult.Route(
            to: .everyIPv4, gateway: .v4(IPv4Address(169, 254, 1, 1)), mtu: 1500, advmss: 1460, priority: 10, table: 0, scope: 0),
        CNIResult.Route(to: .everyIPv6),
    ],
    dns: CNIResult.DNS(nameservers: ["10.0.0.2"], domain: "a", search: ["b", "c"], options: ["d"]))

/// What is left of a result in a version, by the table of result types; the model that rendering and reading are held to.
private func reduced(_ result: CNIResult, to version: CNIVersion) -> CNIResult {
    var result = result
    if version < .v110 {
        result.interfaces = result.interfaces.map { CNIResult.Interface(name: $0.name, mac: $0.mac, sandbox: $0.sandbox) }
        result.routes = result.routes.map { CNIResult.Route(to: $0.destination, gateway: $0.gateway) }
    }
    if version < .v030 {
        let families = AddressFamily.allCases
        let firsts = families.compactMap { family in result.addresses.first { $0.address.family == family } }
        result.interfaces = []
        result.addresses = firsts.map { CNIResult.Address($0.address, prefixLength: $0.prefixLength, gateway: $0.gateway) }
        result.routes = firsts.flatMap { first in result.routes.filter { $0.destination.family == first.address.family } }
    }
    return result
}

private func address(_ text: StaticString, _ prefixLength: Int, interface: Int? = nil) -> CNIResult.Address {
    guard let address = IPAddress("\(text)") else { preconditionFailure("\(text) is not an address") }
    return CNIResult.Address(address, prefixLength: prefixLength, interface: interface)
}

private func route(_ text: StaticString) -> CNIResult.Route {
    guard let destination = CIDR("\(text)") else { preconditionFailure("\(text) is not a block") }
    return CNIResult.Route(to: destination)
}

extension CNIResult {
    static func any(using random: inout SplitMix64) -> CNIResult {
        func maybe<Value>(_ value: Value) -> Value? { Bool.random(using: &random) ? value : nil }
        func anyAddress() -> IPAddress {
            Bool.random(using: &random)
                ? .v4(IPv4Address(bits: UInt32.random(in: 0...UInt32.max, using: &random)))
                : .v6(IPv6Address(bits: UInt128(random.next()) << 64 | UInt128(random.next())))
        }
        func anyNumber() -> Int? { maybe(random.below(70_000)) }
        func anyRoute() -> Route {
            let destination: CIDR =
                switch anyAddress() {
                case .v4(let address): .v4(IPv4CIDR(containing: address, prefixLength: random.below(33)))
                case .v6(let address): .v6(IPv6CIDR(containing: address, prefixLength: random.below(129)))
                }
            return Route(
                to: destination, gateway: maybe(anyAddress()), mtu: anyNumber(), advmss: anyNumber(), priority: anyNumber(),
                table: anyNumber(),
                scope: anyNumber())
        }
        return CNIResult(
            interfaces: (0..<random.below(4)).map {
                Interface(
                    name: "if\($0)", mac: maybe("254"), sandbox: maybe("/n/\"\\é"), mtu: anyNumber(), socketPath: maybe("/s"),
                    pciID: maybe("0000:00:05.0"))
            },
            addresses: (0..<random.below(5)).map { _ in
                let address = anyAddress()
                return Address(
                    address, prefixLength: random.below(address.family == .v4 ? 33 : 129), gateway: maybe(anyAddress()),
                    interface: maybe(random.below(4)))
            },
            routes: (0..<random.below(4)).map { _ in anyRoute() },
            dns: DNS(
                nameservers: maybe(["10.0.0.2"]) ?? [], domain: maybe("cluster.local"), search: maybe(["a", "b"]) ?? [],
                options: maybe(["ndots:5"]) ?? []))
    }
}

/// Parses a text of any size.
func parse(_ text: String) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), bytesMax: 1 << 20)
}
